// Where the agents live: the page's thread only draws.

import { type Env, serve } from "bellwether";
import { registerArcade } from "bellwether/arcade";
import { registerDiagnostics } from "bellwether/diagnostics";
import { AGENTS, makePlace, type Place } from "./agents.ts";

registerDiagnostics();
registerArcade();

// Evaluations would need single environments; the page asks for none.
serve({ agents: AGENTS, env: (place) => makePlace(place as Place) as Env });
