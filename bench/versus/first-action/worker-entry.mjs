// The Worker: the request holds a task, the response the actions. A Worker's clock stands still, so the caller takes the time.

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
