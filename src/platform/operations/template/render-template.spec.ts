import { describe, expect, it } from '@jest/globals';
import { object, readOnly, value } from '../ctx/resolve.js';
import { renderTemplate } from './render-template.js';

const ctx = object('ctx', {
  node: () => object('node', { id: () => value('web'), properties: () => readOnly({ port: 80, list: ['a', 'b'] }) }),
});
const variables = {
  name: 'world',
  items: [3, 1, 2],
  map: { a: 1, b: null },
  yes: true,
  empty: '',
  big: 'x'.repeat(1000),
};
const render = (template: string): Promise<string> => renderTemplate(template, variables, ctx);

describe('renderTemplate', () => {
  it.each([
    ['hello {{ name }}!', 'hello world!'],
    ['port={{ ctx.node.properties.port }} {{ ctx.node.id }}\n', 'port=80 web'],
    [`{{ ctx.node.properties['list'][1] }}{{ ctx.node.properties.list | join('-') }}`, 'ba-b'],
    ['{% for i in items %}{{ loop.index }}:{{ i }}{% if not loop.last %},{% endif %}{% endfor %}', '1:3,2:1,3:2'],
    ['{% for k, v in map.items() %}{{ k }}={{ v }};{% endfor %}', 'a=1;b=None;'],
    ['{% for i in items if i > 1 %}{{ i }}{% else %}none{% endfor %}', '32'],
    ['{% for i in [] %}{{ i }}{% else %}none{% endfor %}', 'none'],
    ['{% if empty %}a{% elif yes and not empty %}b{% else %}c{% endif %}', 'b'],
    ['{% set x = 2 + 3 * 4 %}{{ x }} {{ 7 // 2 }} {{ -7 % 3 }} {{ 2 ** 3 }} {{ "a" ~ 1 }}', '14 3 2 8 a1'],
    ['{{ absent | default("d") }}{{ empty | default("e", true) }}{{ absent }}', 'de'],
    ['{{ items | sort | first }}{{ items | max }}{{ name | upper | replace("O", "0") }}', '13W0RLD'],
    ['{{ map | tojson }} {{ [1, "a", true] }} {{ {"k": 1} }}', `{"a":1,"b":null} [1, 'a', True] {'k': 1}`],
    ['a  {{- 1 -}}  b {#- gone #} c', 'a1b c'],
    ['{% raw %}{{ x }}{% endraw %}', '{{ x }}'],
    ['{{ "}}" }}{{ name.upper() }}{{ map.get("z", 5) }}{{ "a,b".split(",") | length }}', '}}WORLD52'],
    ['{{ 1 if name == "world" else 2 }}{{ "x" in ["x"] }}{{ 3 not in items }}', '1TrueFalse'],
    ['{{ name is defined }}{{ absent is not defined }}{{ map.b is none }}', 'TrueTrueTrue'],
    ['{% for i in range(3) %}{{ i }}{% endfor %}', '012'],
  ])('%s', async (template, text) => {
    expect(await render(template)).toBe(text);
  });

  it.each([
    ['{{ name.constructor }}', ''],
    ['{{ map.__proto__ }}{{ map["constructor"] }}{{ items.length }}', ''],
    ['{{ ({}).toString }}', ''],
  ])('%s reaches nothing of the program', async (template, text) => {
    expect(await render(template)).toBe(text);
  });

  it.each([
    ['{{ name.constructor("return 1")() }}', /cannot be called/],
    ['{{ ctx }}', /ask for something of it/],
    ['{{ ctx.constructor }}', /ctx has no constructor/],
    ['{{ absent.x }}', /not defined/],
    ['{{ x', /line 1: \{\{ is not closed/],
    ['a\nb\n{{ 1 + }}', /line 3: an expression is missing/],
    ['{% if yes %}', /endif is missing/],
    ['{% endfor %}', /endfor is not supported|no beginning/],
    ['{% include "/etc/passwd" %}', /include is not supported/],
    ['{{ name | shell }}', /no filter shell/],
    ['{{ 1 / 0 }}', /division by zero/],
    ['{{ name * 3 }}', /not a number/],
    ['{% for i in range(100000000) %}{% endfor %}', /at most/],
    ['{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}', /too long/],
    ['{% for i in range(99999) %}{{ big ~ big }}{% endfor %}', /too long a text/],
    [`{{ ${'('.repeat(500)}1${')'.repeat(500)} }}`, /too deep/],
    ['{% if yes %}'.repeat(100), /too deep/],
  ])('refuses %s', async (template, text) => {
    await expect(render(template)).rejects.toThrow(text);
  });
});
