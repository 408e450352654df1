import { describe, expect, it } from '@jest/globals';
import { parametersOfForm, parametersOfQuery } from './upload-parameters.js';

const form = (params: object): ReturnType<typeof parametersOfForm> => parametersOfForm(JSON.stringify(params));

describe('parametersOfForm', () => {
  it('takes null for absent, as clients send it', () => {
    const none = form({
      visibility: null,
      labels: null,
      created_at: null,
      blueprint_archive_url: null,
      requirements: null,
    });
    expect(none).toEqual(form({}));
    expect(none).toEqual({
      visibility: 'tenant',
      applicationFileName: null,
      archiveUrl: null,
      isAsync: false,
      skipExecution: false,
      labels: [],
      state: null,
      createdAt: null,
      createdBy: null,
      requirements: null,
    });
  });

  it('reads booleans as values and as texts', () => {
    expect(form({ async_upload: true }).isAsync).toBe(true);
    expect(form({ async_upload: 'True' }).isAsync).toBe(true);
    expect(form({ async_upload: 'False' }).isAsync).toBe(false);
    expect(form({ private_resource: true }).visibility).toBe('private');
    expect(form({ private_resource: false }).visibility).toBe('tenant');
  });

  it('makes an upload that is not processed asynchronous', () => {
    expect(form({ skip_execution: true })).toMatchObject({ skipExecution: true, isAsync: true });
  });

  it('decodes the file name once more', () => {
    expect(form({ application_file_name: 'a%20b%252F.yaml' }).applicationFileName).toBe('a b%2F.yaml');
  });

  it.each(['null', '[]', '1', 'x', ''])('refuses %j as parameters', (text) => {
    expect(() => parametersOfForm(text)).toThrow('params');
  });

  it('does not look for parameters on the prototype', () => {
    expect(parametersOfForm('{"__proto__": {"visibility": "global"}}').visibility).toBe('tenant');
  });
});

describe('parametersOfQuery', () => {
  it('takes an empty value for absent, and the first of several', () => {
    expect(
      parametersOfQuery({ visibility: ['private', 'global'], application_file_name: '', async_upload: '' }),
    ).toMatchObject({
      visibility: 'private',
      applicationFileName: null,
      isAsync: false,
    });
  });

  it('reads labels and requirements as JSON', () => {
    expect(parametersOfQuery({ labels: '[{"a": "b"}]', requirements: '{"x": []}' })).toMatchObject({
      labels: [{ key: 'a', value: 'b' }],
      requirements: { x: [] },
    });
    expect(() => parametersOfQuery({ labels: 'a=b' })).toThrow('not valid JSON');
  });
});
