// Files as a German HR system exports them: semicolons, Windows-1252, headings in German.
const GIVEN = ['Jörg', 'Änne', 'Matteo', 'Zoë', 'Björn', 'Lucía', 'Tomasz', 'Ingrid', 'Émile', 'Nora'];
const FAMILY = ['Müller', 'Østergaard', 'Rossi', 'Großmann', 'Fernández', 'Nowak', 'van Dijk', 'Lefèvre', 'Öztürk', 'Bauer'];
const WORK = [['Produktion', 'Schlosserin'], ['Logistik', 'Fahrer'], ['Vertrieb', 'Beraterin']];
const HEAD = 'Personalnummer;Vorname;Nachname;E-Mail;Position;Abteilung;Standort;Vorgesetzter E-Mail';

export const PEOPLE = 30;
export const BAD_LINE = 13;

const plain = (name) => name.normalize('NFD').replace(/[\u0300-\u036f ]/g, '').replace('ß', 'ss').replace('Ø', 'O').toLowerCase();

function row(at) {
  const given = GIVEN[at % 10];
  const family = FAMILY[(at + 3 * Math.floor(at / 10)) % 10];
  const [department, title] = WORK[at % 3];
  const email = `${plain(given)}.${plain(family)}@nordlicht.example`;
  return { number: 1000 + at, given, family, email, title: at === 0 ? 'Geschäftsführer' : title, department, site: at % 2 ? 'Köln' : 'Lübeck' };
}
const rows = Array.from({ length: PEOPLE }, (_, at) => row(at));
const cells = (one, manager) => [one.number, one.given, one.family, one.email, one.title, one.department, one.site, manager].join(';');
const bytes = (lines) => Buffer.from(`${lines.join('\r\n')}\r\n`, 'latin1');

/** Everybody, three levels deep, and on line 13 somebody whose address is none. */
export function peopleFile() {
  const lines = [HEAD, ...rows.map((one, at) => cells(one, at === 0 ? '' : rows[Math.floor((at - 1) / 5)].email))];
  lines.splice(BAD_LINE - 1, 0, `1999;Kim;Olsen;kim.olsen(at)nordlicht;Fahrer;Logistik;Köln;${rows[0].email}`);
  return bytes(lines);
}

const who = rows[10];
/** Of whom the story tells. */
export const WHO = {
  email: who.email,
  name: `${who.given} ${who.family}`,
  password: 'purple ladder seagull',
};

export const leaversFile = () => bytes(['Personalnummer;E-Mail;Austritt', `${who.number};${who.email};30.11.2026`]);
