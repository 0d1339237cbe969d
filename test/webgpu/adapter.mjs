// Where WebGPU finds an adapter on this machine: the system's own, or SwiftShader, which comes with Chromium.

import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";

const SWIFTSHADER_FOLDERS = ["/usr/lib/chromium", "/usr/lib/chromium-browser", "/opt/google/chrome"];

const PROBE = `
import { create } from "webgpu";
const adapter = await create([]).requestAdapter();
if (adapter !== null) console.log(adapter.info.description || adapter.info.vendor || "unnamed");
process.exit();
`;

/** @returns the adapter's name and the variables that lead to it, or undefined where there is none */
export function findAdapter(folder) {
  const candidates = [{}, ...SWIFTSHADER_FOLDERS.map(swiftShader)].filter((variables) => variables !== undefined);
  for (const variables of candidates) {
    const env = { ...process.env, ...variables };
    const { stdout } = spawnSync(process.execPath, ["--input-type=module", "-e", PROBE], {
      cwd: folder,
      env,
      encoding: "utf8",
    });
    const name = stdout.trim();
    if (name !== "") return { name, env };
  }
  return undefined;
}

/** Variables of the Vulkan loader; the loader itself comes with Chromium, too. */
function swiftShader(folder) {
  const icd = join(folder, "vk_swiftshader_icd.json");
  return existsSync(icd) ? { VK_ICD_FILENAMES: icd, LD_LIBRARY_PATH: folder } : undefined;
}
