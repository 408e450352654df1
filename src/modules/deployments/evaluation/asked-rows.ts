/** So many rows are asked for one by one; who asks for more is given all there are. */
const ONE_BY_ONE = 3;

/** Rows of a deployment that are read as they are asked for: few questions, whether one row is needed or ten thousand. */
export class AskedRows<Row> {
  private readonly known = new Map<string, Promise<Row | undefined>>();
  private everything: Promise<ReadonlyMap<string, Row>> | null = null;

  constructor(
    private readonly one: (key: string) => Promise<Row | undefined>,
    private readonly all: () => Promise<ReadonlyMap<string, Row>>,
  ) {}

  async get(key: string): Promise<Row | undefined> {
    const known = this.known.get(key);
    if (known !== undefined) return known;
    if (this.everything === null && this.known.size < ONE_BY_ONE) {
      const asked = this.one(key);
      this.known.set(key, asked);
      return asked;
    }
    this.everything ??= this.all();
    return (await this.everything).get(key);
  }
}
