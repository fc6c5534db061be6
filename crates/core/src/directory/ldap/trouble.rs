use ldap3::{LdapError, LdapResult};
use rustls::CertificateError as Bad;

use crate::Error;

/// Why a directory gave no answer that can be used, in a sentence that says what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Trouble {
    pub code: &'static str,
    pub message: String,
}

impl Trouble {
    pub fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
        }
    }
}

impl From<Trouble> for Error {
    fn from(trouble: Trouble) -> Self {
        Self::Refused {
            code: trouble.code,
            message: trouble.message,
        }
    }
}

/// Result codes (RFC 4511, 4.1.9) as far as each has advice of its own.
pub fn of_result(result: &LdapResult) -> Trouble {
    let said = result.text.trim().trim_end_matches('\0');
    let (code, message) = match result.rc {
        3 | 11 => (
            "directory_limit",
            "The directory stopped in the middle: a limit of time or size there is too low for this account. Raise the limits of the account that reads, or choose a narrower base or filter.".to_owned(),
        ),
        4 => (
            "directory_limit",
            "The directory gave only a part of the entries: its size limit is too low for this account. Raise the limit for the account that reads (OpenLDAP: olcLimits or olcSizeLimit), or choose a narrower base or filter.".to_owned(),
        ),
        8 | 13 => (
            "directory_unencrypted",
            "The directory wants an encrypted connection: choose LDAPS or StartTLS.".to_owned(),
        ),
        10 => (
            "directory_elsewhere",
            "The directory says that what is asked for is on another server: name that server, or a base that is on this one.".to_owned(),
        ),
        32 | 34 => (
            "directory_base",
            "The directory has no such entry as the base: check its name, part by part.".to_owned(),
        ),
        49 => ("directory_password", wrong_password(said).to_owned()),
        50 => (
            "directory_rights",
            "The account that reads may not read this: give it the right to read people below the base.".to_owned(),
        ),
        51 | 52 => (
            "directory_busy",
            "The directory is busy or not at work: try again in a few minutes.".to_owned(),
        ),
        1 if said.contains("successful bind must be completed") => (
            "directory_password",
            "The directory answers nobody who has not logged in: give a name and a password.".to_owned(),
        ),
        rc => ("directory_refused", format!("The directory refused (result {rc}).")),
    };
    let quoted = match result.rc {
        49 => String::new(),
        _ if said.is_empty() => String::new(),
        _ => format!(" It said: \"{}\"", said.chars().take(200).collect::<String>()),
    };
    Trouble::new(code, message + &quoted)
}

/// What Active Directory adds to "invalid credentials" tells why.
fn wrong_password(said: &str) -> &'static str {
    let has = |code: &str| said.contains(&format!("data {code}"));
    if has("532") || has("773") {
        "The password of the account that reads has expired: set a new one there, one that does not expire, and enter it here."
    } else if has("533") || has("701") {
        "The account that reads is disabled or expired in the directory: enable it there."
    } else if has("775") {
        "The account that reads is locked after wrong passwords: unlock it there, and enter the right one here."
    } else {
        "The name or the password is wrong: check how the directory writes the name (the whole DN, or user@domain), and enter the password again."
    }
}

/// `during`: what was being done, such as "while reading".
pub fn of_error(error: LdapError) -> Trouble {
    match error {
        LdapError::LdapResult { result } => of_result(&result),
        LdapError::FilterParsing => Trouble::new(
            "directory_filter",
            "The filter is not written as LDAP filters are: each part stands in brackets, such as (&(objectClass=person)(mail=*)).",
        ),
        LdapError::Timeout { .. } => Trouble::new(
            "directory_timeout",
            "The directory did not answer in time: see whether it is overloaded, or whether a firewall swallows the connection.",
        ),
        LdapError::Rustls { source } => of_tls(&source),
        LdapError::DNSName { .. } => Trouble::new(
            "directory_host",
            "The host is no name that a certificate can hold: write the server's full name.",
        ),
        LdapError::Io { source } => {
            let inner = source
                .get_ref()
                .and_then(|inner| inner.downcast_ref::<rustls::Error>());
            inner.map_or_else(|| dropped(&source.to_string()), of_tls)
        }
        other => dropped(&other.to_string()),
    }
}

fn dropped(said: &str) -> Trouble {
    Trouble::new(
        "directory_dropped",
        format!(
            "The connection to the directory broke off: see whether the server restarts, or whether a firewall cuts it. ({said})"
        ),
    )
}

fn of_tls(error: &rustls::Error) -> Trouble {
    let tls = |message: &str| Trouble::new("directory_certificate", message);
    match error {
        rustls::Error::InvalidCertificate(why) => match why {
            Bad::Expired | Bad::ExpiredContext { .. } => {
                tls("The certificate of the directory has expired: renew it there.")
            }
            Bad::NotValidYet | Bad::NotValidYetContext { .. } => {
                tls("The certificate of the directory is not valid yet: check the clocks of both machines.")
            }
            Bad::NotValidForName | Bad::NotValidForNameContext { .. } => tls(
                "The certificate of the directory is for another name: write the host as the certificate names it.",
            ),
            Bad::UnknownIssuer => tls(
                "The certificate of the directory is signed by nobody who is trusted here: paste the certificate of your own authority (CA).",
            ),
            other => Trouble::new(
                "directory_certificate",
                format!(
                    "The certificate of the directory can't be trusted ({other}): have it issued anew, with the server's name in it."
                ),
            ),
        },
        other => Trouble::new(
            "directory_tls",
            format!(
                "No encrypted connection came about ({other}): check that the port speaks {}.",
                "LDAPS (usually 636) or StartTLS (usually 389), as chosen"
            ),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_say_what_to_do() {
        let result = |rc, text: &str| LdapResult {
            rc,
            matched: String::new(),
            text: text.into(),
            refs: Vec::new(),
            ctrls: Vec::new(),
        };
        for (rc, text, code, part) in [
            (4, "", "directory_limit", "olcSizeLimit"),
            (
                49,
                "80090308: LdapErr: DSID-0C09, AcceptSecurityContext error, data 52e, v2580",
                "directory_password",
                "is wrong",
            ),
            (49, "… data 533, …", "directory_password", "disabled"),
            (49, "… data 775, …", "directory_password", "locked"),
            (49, "… data 532, …", "directory_password", "expired"),
            (32, "", "directory_base", "base"),
            (8, "", "directory_unencrypted", "LDAPS"),
            (53, "not now", "directory_refused", "\"not now\""),
        ] {
            let trouble = of_result(&result(rc, text));
            assert_eq!(trouble.code, code, "{rc}");
            assert!(trouble.message.contains(part), "{trouble}");
        }
    }
}
