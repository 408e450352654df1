import { BadParametersError } from '../../core/errors/app-error.js';
import { readUploadParameters } from './upload-parameters.js';

describe('the parameters of an upload', () => {
  it('have defaults, which empty texts and unknown keys leave alone', () => {
    const none = { id: null, visibility: 'tenant', title: null, archiveUrl: null, uploadedAt: null, createdBy: null };
    expect(readUploadParameters({})).toEqual(none);
    expect(readUploadParameters({ id: '', title: '', visibility: '', plugin_archive_url: '', other: 'x' })).toEqual(
      none,
    );
  });

  it('are read', () => {
    expect(
      readUploadParameters({
        id: '0a-b',
        private_resource: 'True',
        title: 'T',
        plugin_archive_url: 'https://example.com/p.zip',
        uploaded_at: '2020-01-02T03:04:05Z',
        created_by: 'admin',
      }),
    ).toEqual({
      id: '0a-b',
      visibility: 'private',
      title: 'T',
      archiveUrl: 'https://example.com/p.zip',
      uploadedAt: new Date('2020-01-02T03:04:05Z'),
      createdBy: 'admin',
    });
  });

  it.each([
    { id: 'a/b' },
    { visibility: 'x' },
    { visibility: 'tenant', private_resource: 'false' },
    { title: 'x'.repeat(257) },
    { plugin_archive_url: 'x' },
    { uploaded_at: 'yesterday' },
  ])('are refused: %j', (query) => {
    expect(() => readUploadParameters(query)).toThrow(BadParametersError);
  });
});
