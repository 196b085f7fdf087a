// Empties the folder named on the command line, on every system alike: a module whose source is gone must not live on.
import { rmSync } from "node:fs";

for (const folder of process.argv.slice(2)) rmSync(folder, { recursive: true, force: true });
