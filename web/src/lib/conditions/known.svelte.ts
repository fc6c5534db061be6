/** What there is to choose from in conditions, and what people and sets are called: fetched once somebody asks for it. */
import { listPeopleSets } from '$lib/api/groups';
import { facets } from '$lib/api/people';
import type { ConditionField } from './words';

const FACETED: ConditionField[] = ['department', 'title', 'location', 'division', 'organization'];
type Sets = Awaited<ReturnType<typeof listPeopleSets>>;

export class Known {
  /** What people and sets are called that were picked here. */
  picked = $state<Record<string, string>>({});
  sets = $state.raw<Sets | undefined>();
  #found = $state.raw<Partial<Record<ConditionField, string[]>>>({});
  #asked = new Set<ConditionField>();

  constructor(private names: () => Record<string, string>) {}

  called = (id: string) => this.picked[id] ?? this.names()[id] ?? id;
  values = (field: ConditionField) => this.#found[field] ?? [];

  want(field: ConditionField) {
    if (this.#asked.has(field)) return;
    this.#asked.add(field);
    if (field === 'set') listPeopleSets().then((sets) => (this.sets = sets), () => this.#asked.delete(field));
    if (FACETED.includes(field)) facets(field as 'department').then((found) => (this.#found = { ...this.#found, [field]: found.map((o) => o.value) }), () => {});
  }
}
