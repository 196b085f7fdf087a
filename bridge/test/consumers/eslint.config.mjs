import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { configs } from "typescript-eslint";

export default [
  { ignores: ["**/gen/", "**/google-protobuf/", "**/*.js"] },
  ...configs.recommendedTypeChecked,
  {
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: dirname(fileURLToPath(import.meta.url)) },
    },
  },
];
