import { Injectable } from '@nestjs/common';
import findMyWay from 'find-my-way';

/** Knows every path pattern that has a route, so that a wrong method is 405 and an unknown path 404 (rest-api §1.1). */
@Injectable()
export class KnownPaths {
  private readonly router = findMyWay({ maxParamLength: 4096 });
  private readonly patterns = new Set<string>();

  add(pattern: string): void {
    if (this.patterns.has(pattern)) return;
    this.patterns.add(pattern);
    this.router.on('GET', pattern, () => undefined);
  }

  has(url: string): boolean {
    const path = url.split('?', 1)[0] ?? '';
    const found = this.router.find('GET', path);
    // A parameter is never empty: `users/` is no user, but a path with a trailing slash. A rest of a path may be.
    return found !== null && Object.entries(found.params).every(([name, value]) => name === '*' || value !== '');
  }
}
