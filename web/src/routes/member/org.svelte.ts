import { orgView } from '$lib/api/people';
import { asProblem } from '$lib/api/problem';
import type { OrgPerson } from '$lib/api/types';

/** One person in the tree; their reports are fetched when the branch is opened. */
export class OrgNode {
  open = $state(false);
  loading = $state(false);
  problem = $state<string | null>(null);
  children = $state.raw<OrgNode[] | null>(null);
  /** A manager may have thousands of reports: they are shown a hundred at a time. */
  shown = $state(100);

  constructor(
    readonly person: OrgPerson,
    readonly level: number,
    readonly parent: OrgNode | null,
  ) {}

  get canOpen(): boolean {
    return this.person.reports_count > 0;
  }
  fill(reports: OrgPerson[]): void {
    this.children = reports.map((r) => new OrgNode(r, this.level + 1, this));
    this.open = true;
  }
  async expand(): Promise<void> {
    if (!this.canOpen || this.open || this.loading) return;
    if (this.children) {
      this.open = true;
      return;
    }
    this.loading = true;
    this.problem = null;
    try {
      this.fill((await orgView(this.person.id)).reports);
    } catch (error) {
      this.problem = asProblem(error).detail;
    } finally {
      this.loading = false;
    }
  }
  collapse(): void {
    this.open = false;
  }
}

export type OrgLine = { kind: 'person'; node: OrgNode; last: boolean } | { kind: 'more'; node: OrgNode; rest: number; level: number };

/** The lines of the tree that are open now, from top to bottom. */
export function linesOf(nodes: OrgNode[], of: OrgNode | null = null, shown = Infinity): OrgLine[] {
  const part = nodes.slice(0, shown);
  const lines: OrgLine[] = part.flatMap((node, i) => [
    { kind: 'person' as const, node, last: i === nodes.length - 1 },
    ...(node.open && node.children ? linesOf(node.children, node, node.shown) : []),
  ]);
  if (of && nodes.length > part.length) lines.push({ kind: 'more', node: of, rest: nodes.length - part.length, level: of.level + 1 });
  return lines;
}
