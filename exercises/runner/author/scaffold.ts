import { cpSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { exercises, root } from "../content/exercise.js";

/**
 * Makes the folder of a new exercise after the last one. It is a copy of the first exercise, so that an author begins
 * with something that is complete, and changes it.
 *
 * @param title the learner's title: "Knock before you enter"
 * @param parent the folder in which the new folder is made
 * @returns the name of the new folder
 */
export function scaffold(title: string, parent = join(root, "exercises")): string {
  const all = exercises();
  const [model, last] = [all[0], all.at(-1)];
  if (!model || !last) throw new Error("there is no exercise to copy");
  const words = title.toLowerCase().match(/[a-z0-9]+/g);
  if (!words) throw new Error("a title has letters: TITLE='Knock before you enter'");
  const id = String(Number(last.id) + 1).padStart(2, "0");
  const name = [id, ...words].join("-");
  const folder = join(parent, name);
  if (existsSync(folder)) throw new Error(`${name} is there already`);
  cpSync(model.folder, folder, { recursive: true });
  const change = (file: string, changed: (text: string) => string) =>
    writeFileSync(join(folder, file), changed(readFileSync(join(folder, file), "utf8")));
  change("exercise.json", (text) => {
    return `${JSON.stringify({ ...JSON.parse(text), id, title, part: last.part }, null, 2)}\n`;
  });
  change("README.md", (text) => text.replace(/^# .*/, () => `# ${id} · ${title}`).replaceAll(model.name, name));
  return name;
}
