// A module as text, for what cannot be told where a file lies.
import { rolldown } from "rolldown";

/** @param file imports nothing @returns the shortest JavaScript of the same meaning */
export async function moduleText(file) {
  const build = await rolldown({ input: file });
  const { output } = await build.generate({ minify: true });
  await build.close();
  return output[0].code.trim();
}
