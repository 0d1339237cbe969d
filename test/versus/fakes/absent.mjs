// Runs nowhere, and says so.

export const missing = "it is only a name";
