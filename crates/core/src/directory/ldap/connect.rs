use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use ldap3::{Ldap, LdapConnAsync, LdapConnSettings, StdStream};
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::trouble::{of_error, of_result};
use super::{Security, Server, Trouble};

const CONNECT: Duration = Duration::from_secs(10);
/// How long one answer may take.
pub(super) const ANSWER: Duration = Duration::from_mins(1);

/// Somebody who is in at a directory. The connection ends with it.
pub struct Session {
    pub(super) ldap: Ldap,
    driver: tokio::task::JoinHandle<()>,
}

impl Drop for Session {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

/// A connection to where the server is, not encrypted yet.
pub async fn reach(server: &Server) -> Result<TcpStream, Trouble> {
    let (host, port) = (server.host.as_str(), server.port());
    let found = timeout(CONNECT, tokio::net::lookup_host((host, port))).await;
    let addresses: Vec<SocketAddr> = match found {
        Ok(Ok(addresses)) => addresses.filter(|address| may_be_asked(address.ip())).collect(),
        _ => Vec::new(),
    };
    if addresses.is_empty() {
        return Err(Trouble::new(
            "directory_host",
            format!(
                "There is no server named \"{host}\": check the name, and that this machine can resolve it."
            ),
        ));
    }
    let mut why = "no answer".to_owned();
    for address in addresses {
        match timeout(CONNECT, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => return Ok(stream),
            Ok(Err(error)) => why = error.to_string(),
            Err(_) => {}
        }
    }
    Err(Trouble::new(
        "directory_unreachable",
        format!(
            "Nothing answers at {host}, port {port} ({why}): check that the server runs, the port, and what firewalls let through."
        ),
    ))
}

/// Directories are on private networks, so private addresses are fine; those that only ever name the machine's own
/// surroundings, such as a cloud's metadata, are not.
fn may_be_asked(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => {
            !(v4.is_link_local() || v4.is_unspecified() || v4.is_multicast() || v4.is_broadcast())
        }
        IpAddr::V6(v6) => !(v6.is_unicast_link_local() || v6.is_unspecified() || v6.is_multicast()),
    }
}

/// Connects, encrypts, and logs in.
pub async fn connect(server: &Server, password: &str) -> Result<Session, Trouble> {
    let mut session = open(server, reach(server).await?).await?;
    session.log_in(&server.bind_dn, password).await?;
    Ok(session)
}

/// Encrypts the connection as the settings want.
pub(crate) async fn open(server: &Server, stream: TcpStream) -> Result<Session, Trouble> {
    let stream = stream
        .into_std()
        .map_err(|why| Trouble::new("directory_dropped", why.to_string()))?;
    let mut settings = LdapConnSettings::new()
        .set_conn_timeout(CONNECT)
        .set_std_stream(StdStream::Tcp(stream))
        .set_starttls(server.security == Security::StartTls);
    let mut scheme = "ldap";
    if server.security != Security::None {
        settings = settings.set_config(trusted(server.ca.as_deref())?);
    }
    if server.security == Security::Ldaps {
        scheme = "ldaps";
    }
    let url = url::Url::parse(&format!("{scheme}://{}:{}", server.host, server.port())).map_err(|_| {
        Trouble::new(
            "directory_host",
            "The host is no name of a server: write it without ldap:// and without a path.",
        )
    })?;
    let (connection, mut ldap) = LdapConnAsync::from_url_with_settings(settings, &url)
        .await
        .map_err(of_error)?;
    let driver = tokio::spawn(async move {
        if let Err(error) = connection.drive().await {
            tracing::debug!(%error, "the connection to a directory ended");
        }
    });
    ldap.with_timeout(ANSWER);
    Ok(Session { ldap, driver })
}

impl Session {
    pub(crate) async fn log_in(&mut self, name: &str, password: &str) -> Result<(), Trouble> {
        if name.is_empty() {
            return Ok(());
        }
        if password.is_empty() {
            // A name without a password is let in as nobody (RFC 4513, 5.1.2): that is never meant.
            return Err(Trouble::new(
                "directory_password",
                "Enter the password of the account that reads.",
            ));
        }
        self.ldap.with_timeout(ANSWER);
        let answer = self.ldap.simple_bind(name, password).await.map_err(of_error)?;
        if answer.rc == 0 {
            return Ok(());
        }
        Err(of_result(&answer))
    }
}

/// Who is trusted: the system's authorities and the workplace's own.
fn trusted(ca: Option<&str>) -> Result<Arc<ClientConfig>, Trouble> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if let Some(pem) = ca.filter(|pem| !pem.trim().is_empty()) {
        let wrong = || {
            Trouble::new(
                "directory_ca",
                "The certificate of your authority can't be read: paste it as PEM, from -----BEGIN CERTIFICATE----- to -----END CERTIFICATE-----.",
            )
        };
        let mut any = false;
        for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
            roots
                .add(certificate.map_err(|_| wrong())?)
                .map_err(|_| wrong())?;
            any = true;
        }
        if !any {
            return Err(wrong());
        }
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|why| Trouble::new("directory_tls", why.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_networks_may_be_asked_and_metadata_may_not() {
        for (address, expect) in [
            ("10.0.0.5", true),
            ("127.0.0.1", true),
            ("fd00::1", true),
            ("169.254.169.254", false),
            ("::ffff:169.254.169.254", false),
            ("fe80::1", false),
            ("0.0.0.0", false),
            ("224.0.0.1", false),
        ] {
            assert_eq!(may_be_asked(address.parse().unwrap()), expect, "{address}");
        }
    }
}
