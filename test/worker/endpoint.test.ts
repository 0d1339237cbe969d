import { EventEmitter } from "node:events";
import { describe, expect, test } from "vitest";
import { type Endpoint, listen, requireEndpoint } from "../../src/worker/endpoint.ts";

describe("an endpoint", () => {
  test("may be an event target", () => {
    const target = Object.assign(new EventTarget(), { postMessage: () => {} }) as unknown as Endpoint & EventTarget;
    const heard: unknown[] = [];
    const stop = listen(target, { message: (data) => heard.push(data), death: (reason) => heard.push(reason) });
    target.dispatchEvent(Object.assign(new Event("message"), { data: 7 }));
    const error = Object.assign(new Event("error", { cancelable: true }), { message: " Uncaught Error: no.\n" });
    target.dispatchEvent(error);
    expect(error.defaultPrevented).toBe(true);
    target.dispatchEvent(new Event("error"));
    stop();
    target.dispatchEvent(Object.assign(new Event("message"), { data: 8 }));
    expect(heard).toEqual([7, "it threw: Uncaught Error: no", "its script did not load"]);
  });

  test("may be an event emitter", () => {
    const emitter = Object.assign(new EventEmitter(), { postMessage: () => {} });
    const heard: unknown[] = [];
    const stop = listen(emitter, { message: (data) => heard.push(data), death: (reason) => heard.push(reason) });
    emitter.emit("message", 7);
    emitter.emit("exit", 1);
    emitter.emit("close");
    stop();
    emitter.emit("message", 8);
    expect(heard).toEqual([7, "it exited with code 1", "it was closed"]);
    expect(emitter.eventNames()).toEqual([]);
  });

  test.each([undefined, null, 7, {}, { postMessage() {} }, new EventTarget()])("is not %s", (value) => {
    expect(() => requireEndpoint("connect", value, "Pass a Worker.")).toThrow(
      /^connect: endpoint expected postMessage and events, got .+\. Pass a Worker\.$/,
    );
  });
});
