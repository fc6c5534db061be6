//! A site of a test's own on HTTPS: a router that any host name leads to.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::serve::Listener;
use guildhall_core::fetch::Fetcher;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::tls::Certificate;
use rustls::ServerConfig;
use rustls::pki_types::PrivatePkcs8KeyDer;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// The running site; stopped when dropped.
#[derive(Debug)]
pub struct Site {
    address: SocketAddr,
    root: Vec<u8>,
    serving: JoinHandle<()>,
}

impl Site {
    /// Serves the router to whoever asks for that host.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn start(host: &str, router: Router) -> Self {
        let made = rcgen::generate_simple_self_signed([host.to_owned()]).expect("a certificate");
        let certificate = made.cert.der().clone();
        let key = PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("TLS has versions")
            .with_no_client_auth()
            .with_single_cert(vec![certificate.clone()], key.into())
            .expect("the key is the certificate's");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        let secured = Secured {
            listener,
            acceptor: TlsAcceptor::from(Arc::new(config)),
        };
        let serving = tokio::spawn(async move {
            let _ = axum::serve(secured, router).await;
        });
        Self {
            address,
            root: certificate.to_vec(),
            serving,
        }
    }

    /// Fetches from a world in which every host is this site.
    ///
    /// # Panics
    /// When its certificate is none.
    pub fn fetcher(&self) -> Fetcher {
        let root = Certificate::from_der(&self.root).expect("it was just made");
        Fetcher::new(Here(self.address), vec![root])
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

#[derive(Clone, Debug)]
struct Here(SocketAddr);

impl Resolve for Here {
    fn resolve(&self, _: Name) -> Resolving {
        let address = self.0;
        Box::pin(async move { Ok(Box::new(std::iter::once(address)) as Addrs) })
    }
}

struct Secured {
    listener: TcpListener,
    acceptor: TlsAcceptor,
}

impl Listener for Secured {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            let Ok((stream, from)) = self.listener.accept().await else {
                continue;
            };
            if let Ok(secured) = self.acceptor.accept(stream).await {
                return (secured, from);
            }
        }
    }

    fn local_addr(&self) -> std::io::Result<Self::Addr> {
        self.listener.local_addr()
    }
}
