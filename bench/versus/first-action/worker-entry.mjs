// A Worker: a task in the request, the actions in the response. Its clock stands still, so the asker holds the watch.

import { start } from "library";
import { decodeTask } from "./task.mjs";

let acting;

export default {
  async fetch(request) {
    try {
      const { policy, observations } = decodeTask(await request.json());
      acting ??= start(policy);
      const act = await acting;
      const actions = [];
      for (const observation of observations) actions.push(await act(observation));
      return Response.json({ actions });
    } catch (error) {
      return Response.json({ error: `${error.name}: ${error.message}` });
    }
  },
};
