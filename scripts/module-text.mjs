// Turns a module into text, for hosts that cannot be given the path of a file.
import { rolldown } from "rolldown";

/** @param file path of a module without imports @returns the module as minified JavaScript */
export async function moduleText(file) {
  const build = await rolldown({ input: file });
  const { output } = await build.generate({ minify: true });
  await build.close();
  return output[0].code.trim();
}
