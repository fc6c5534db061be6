/** Conditions of rules, as a person reads and makes them. */
import type { components } from '$lib/api/generated/schema';

type Schemas = components['schemas'];
export type Conditions = Schemas['Conditions'];
export type Condition = Schemas['Condition'];
export type ConditionField = Schemas['ConditionField'];
export type ConditionOp = Schemas['ConditionOp'];

export const conditionFieldLabel: Record<ConditionField, string> = {
  department: 'Department',
  title: 'Job title',
  location: 'Location',
  division: 'Division',
  organization: 'Organisation',
  cost_center: 'Cost centre',
  manager: 'Manager',
  start_date: 'Start date',
  frontline: 'Frontline worker',
  set: 'People set',
};

const TEXT: ConditionOp[] = ['is', 'is_not', 'contains', 'begins_with', 'is_known', 'is_unknown'];
/** How each field may be looked at; the first is what a new condition begins with. */
export const opsOf: Record<ConditionField, ConditionOp[]> = {
  department: TEXT,
  title: TEXT,
  location: TEXT,
  division: TEXT,
  organization: TEXT,
  cost_center: TEXT,
  manager: ['reports_to', 'is', 'is_not', 'is_known', 'is_unknown'],
  start_date: ['reached', 'before', 'on_or_after', 'is_known', 'is_unknown'],
  frontline: ['is'],
  set: ['is', 'is_not'],
};
const OP: Record<ConditionOp, string> = {
  is: 'is',
  is_not: 'is not',
  contains: 'contains',
  begins_with: 'begins with',
  is_known: 'is filled in',
  is_unknown: 'is empty',
  reports_to: 'is above them, at any level',
  before: 'is before',
  on_or_after: 'is on or after',
  reached: 'has come',
};
export const opLabel = (field: ConditionField, op: ConditionOp) =>
  field === 'set' ? (op === 'is' ? 'they are in' : 'they are not in') : field === 'manager' && op === 'is' ? 'is, directly' : OP[op];

export type ValueKind = 'none' | 'texts' | 'people' | 'sets' | 'date' | 'days' | 'yes';
export function valueKind(field: ConditionField, op: ConditionOp): ValueKind {
  if (op === 'is_known' || op === 'is_unknown') return 'none';
  if (field === 'manager') return 'people';
  if (field === 'set') return 'sets';
  if (field === 'frontline') return 'yes';
  if (field === 'start_date') return op === 'reached' ? 'days' : 'date';
  return 'texts';
}

/** A condition that is about to be filled in. */
export function fresh(field: ConditionField): Condition {
  const op = opsOf[field][0] ?? 'is';
  const kind = valueKind(field, op);
  return { field, op, values: kind === 'days' ? ['0'] : kind === 'yes' ? ['true'] : [] };
}

/** Levels of conditions: those of the rule, of its groups, and of the groups in these. */
export const LEVELS = 3;

/** How many conditions and groups are combined on this level. */
export const parts = (c: Conditions) => (c.tests ?? []).length + (c.groups ?? []).length;

/** A group that is about to be filled in: within "all" one is enough, within "one is enough" all, for else it would change nothing. */
export const freshGroup = (around: Conditions['match']): Conditions => ({ match: around === 'all' ? 'any' : 'all', tests: [fresh('department')], groups: [] });

/** Whether every condition says what it needs, and every group has one. */
export const isComplete = (c: Conditions): boolean =>
  parts(c) > 0 && (c.tests ?? []).every((t) => valueKind(t.field, t.op) === 'none' || (t.values ?? []).some((v) => v.trim())) && (c.groups ?? []).every(isComplete);
