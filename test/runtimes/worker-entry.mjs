// A Worker: a task in the request, its answer in the response.

import { perform } from "./scenario.mjs";

export default {
  async fetch(request) {
    try {
      return Response.json({ answer: await perform(await request.json()) });
    } catch (error) {
      return Response.json({ error: `${error.name}: ${error.message}` });
    }
  },
};
