import { train } from "./train.mjs";

export default {
  async fetch() {
    try {
      return Response.json({ answer: await train() });
    } catch (error) {
      return Response.json({ error: `${error.name}: ${error.message}` });
    }
  },
};
