/** What a column of a people file can be, in the order of the list to choose from. */
export const COLUMN_FIELDS: { value: string; label: string }[] = [
  { value: 'email', label: 'E-mail' },
  { value: 'employee_id', label: 'Employee ID' },
  { value: 'given_name', label: 'First name' },
  { value: 'middle_name', label: 'Middle name' },
  { value: 'family_name', label: 'Last name' },
  { value: 'display_name', label: 'Full name' },
  { value: 'phone', label: 'Phone' },
  { value: 'title', label: 'Job title' },
  { value: 'department', label: 'Department' },
  { value: 'division', label: 'Division' },
  { value: 'organization', label: 'Organisation' },
  { value: 'cost_center', label: 'Cost centre' },
  { value: 'location', label: 'Location' },
  { value: 'locale', label: 'Language' },
  { value: 'time_zone', label: 'Time zone' },
  { value: 'manager_email', label: 'Manager’s e-mail' },
  { value: 'manager_employee_id', label: 'Manager’s employee ID' },
  { value: 'manager_name', label: 'Manager’s name' },
  { value: 'login_method', label: 'Signs in with' },
  { value: 'start_date', label: 'Start date' },
  { value: 'end_date', label: 'End date' },
  { value: 'frontline', label: 'Frontline worker' },
  { value: 'status', label: 'Status' },
];

interface Mapped {
  index: number;
  field: string | null;
}

/** Fields that two columns claim: the server could not tell which one to believe. */
export function doubles(columns: Mapped[]): Set<string> {
  const seen = new Set<string>();
  const twice = new Set<string>();
  for (const { field } of columns) {
    if (!field || field === 'ignore') continue;
    if (seen.has(field)) twice.add(field);
    seen.add(field);
  }
  return twice;
}

/** What is still missing before the file can be planned, as a sentence; null when nothing is. */
export function missing(columns: Mapped[], mode: string): string | null {
  const has = (...fields: string[]) => columns.some((c) => c.field && fields.includes(c.field));
  if (mode === 'leavers' || mode === 'invite') {
    return has('email', 'employee_id', 'phone') ? null : 'Say which column is the e-mail, the employee ID or the phone number: it tells who is meant.';
  }
  if (!has('email', 'employee_id', 'phone')) return 'Say which column is the e-mail, the employee ID or the phone number: each person needs one of them.';
  if (!has('given_name', 'family_name', 'display_name')) return 'Say which column is the name.';
  return null;
}
