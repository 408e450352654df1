import { RememberedLogins } from './remembered-logins.js';

let now = 0;
const logins = (): RememberedLogins => new RememberedLogins({ now: () => new Date(now) });

describe('a remembered login', () => {
  it('is known for a minute', () => {
    const remembered = logins();
    const handle = remembered.handle(1, 'v1', 'password');
    expect(remembered.has(handle)).toBe(false);
    remembered.add(handle);
    now += 59_999;
    expect(remembered.has(handle)).toBe(true);
    now += 1;
    expect(remembered.has(handle)).toBe(false);
    expect(remembered.has(handle)).toBe(false);
  });

  it('is of this user, state, password and process alone', () => {
    const remembered = logins();
    const handles = [
      remembered.handle(1, 'v1', 'password'),
      remembered.handle(2, 'v1', 'password'),
      remembered.handle(1, 'v2', 'password'),
      remembered.handle(1, 'v1', 'Password'),
      remembered.handle(1, '', 'v1\npassword'),
      logins().handle(1, 'v1', 'password'),
    ];
    expect(new Set(handles).size).toBe(handles.length);
    expect(remembered.handle(1, 'v1', 'Gru\u0308ße')).toBe(remembered.handle(1, 'v1', 'Grüße'));
  });

  it('tells nothing of the password', () => {
    expect(logins().handle(1, 'v1', 'hunter2')).toMatch(/^[A-Za-z0-9+/]{43}=$/);
  });

  it('gives way to newer ones when there are many', () => {
    const remembered = logins();
    const first = remembered.handle(0, '', '');
    remembered.add(first);
    for (let user = 1; user <= 10_000; user += 1) remembered.add(String(user));
    expect(remembered.has(first)).toBe(false);
    expect([remembered.has('1'), remembered.has('10000')]).toEqual([true, true]);
  });
});
