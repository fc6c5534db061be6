//! From the settings to who carries the letters.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use guildhall_core::App;
use guildhall_core::mail::{DkimSigner, EmailAddress, SmtpSettings, Transport};
use guildhall_core::outbox::Postman;
use tokio::sync::watch;

use crate::failure::{Failure, Outcome};
use crate::settings::MailSettings;

/// How many letters go out at once.
const POSTMEN: usize = 4;
const EVERY: Duration = Duration::from_millis(500);

/// Who carries the letters; nobody, while no mail server is set.
pub fn postman(settings: &MailSettings, app: &App, public_url: &str) -> Outcome<Option<Postman>> {
    let Some(url) = &settings.smtp_url else {
        return Ok(None);
    };
    let from = settings.from.as_deref().ok_or_else(|| {
        Failure::wrong("The setting \"mail_from\" is missing. Write the address that letters come from, such as people@example.com.")
    })?;
    let from: EmailAddress = from
        .parse()
        .map_err(|why| Failure::wrong(format!("The setting \"mail_from\" is not right. {why}")))?;
    let host = public_url.split("://").nth(1).unwrap_or("localhost");
    let mut smtp = SmtpSettings::new(url, host.split(':').next().unwrap_or(host));
    if let Some(file) = &settings.smtp_ca {
        smtp.extra_ca = Some(read("smtp_ca", file)?);
    }
    let transport = Transport::new(&smtp)
        .map_err(|why| Failure::wrong(format!("The setting \"smtp_url\" is not right. {why}")))?;
    Ok(Some(Postman {
        signer: signer(settings, &from)?.map(Arc::new),
        app: app.clone(),
        transport,
        from,
        public_url: public_url.to_owned(),
    }))
}

fn signer(settings: &MailSettings, from: &EmailAddress) -> Outcome<Option<DkimSigner>> {
    let Some(file) = &settings.dkim_key else {
        return Ok(None);
    };
    let selector = settings.dkim_selector.as_deref().ok_or_else(|| {
        Failure::wrong("The setting \"dkim_selector\" is missing: it names the DNS record of the key, such as guildhall.")
    })?;
    let domain = settings.dkim_domain.as_deref().unwrap_or(from.domain());
    DkimSigner::new(&read("dkim_key", file)?, selector, domain)
        .map(Some)
        .map_err(|why| Failure::wrong(format!("The DKIM settings are not right. {why}")))
}

fn read(setting: &str, file: &Path) -> Outcome<Vec<u8>> {
    fs::read(file).map_err(|error| {
        Failure::wrong(format!(
            "The file {} of the setting \"{setting}\" can't be read: {error}",
            file.display()
        ))
    })
}

/// Carries letters until told to stop; the one under way is finished.
pub async fn carry(postman: Postman, stopped: watch::Receiver<bool>) {
    let one = |postman: Postman, mut stopped: watch::Receiver<bool>| async move {
        loop {
            if let Err(why) = postman.round(&|| *stopped.borrow()).await {
                tracing::error!(%why, "letters can't be sent");
            }
            tokio::select! {
                () = tokio::time::sleep(EVERY) => {}
                _ = stopped.wait_for(|stop| *stop) => return,
            }
        }
    };
    let all: Vec<_> = (0..POSTMEN)
        .map(|_| tokio::spawn(one(postman.clone(), stopped.clone())))
        .collect();
    for one in all {
        if let Err(why) = one.await {
            tracing::error!(%why, "a postman fell");
        }
    }
}
