// The engine for shared memory: the exports of index.ts, the large ones cut up for a team.

export * from "./index";
export { dense_forward, dense_backward, dense_scratch_bytes } from "./threads/dense";
export { conv2d_forward, conv2d_backward, conv2d_scratch_bytes } from "./threads/conv2d";
export { activation_forward, activation_backward, adam_step, vectors_polyak } from "./threads/elementwise";
export { team_open, team_serve } from "./threads/team";
