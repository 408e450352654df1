import type { Answer } from './client.js';

/** The one shape of an error (rest-api §1.7): status, code, a text, and an empty traceback. */
export function expectError(answer: Answer, status: number, code: string): void {
  expect({ status: answer.status, code: answer.body?.error_code, traceback: answer.body?.server_traceback }).toEqual({
    status,
    code,
    traceback: null,
  });
  expect(typeof answer.body.message).toBe('string');
}

/** 400 of paging, sorting and ranges: no `server_traceback` at all. */
export function expectQueryError(answer: Answer): void {
  expect({ status: answer.status, code: answer.body?.error_code }).toEqual({
    status: 400,
    code: 'bad_parameters_error',
  });
  expect(answer.body).not.toHaveProperty('server_traceback');
}

/** What the framework refuses: a message alone. */
export function expectCodeless(answer: Answer, status: number): void {
  expect(answer.status).toBe(status);
  expect(Object.keys(answer.body)).toEqual(['message']);
}

export function expectStatus(answer: Answer, status: number): Answer {
  if (answer.status !== status) throw new Error(`Expected ${status}, got ${answer.status}: ${answer.text}`);
  return answer;
}
