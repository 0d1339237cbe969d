// The error for a refused request: an HTTP status, a code that programs can check, and a message for people.

export class Rejection extends Error {
  override readonly name = "Rejection";
  readonly status: number;
  readonly code: string;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, code: string, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.headers = status === 401 ? { "www-authenticate": "Bearer", ...headers } : headers;
  }
}
