// Threads, whose workers need a file of their own beside the bundle.

import { threads } from "bellwether/threads";

globalThis.threads = threads;
