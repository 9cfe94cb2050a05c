//! A wire between the store and its server that a test can stop or cut.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wire {
    Open,
    /// Bytes are taken and not handed on, as by a server that was stopped.
    Stopped,
    /// Every connection is closed, also new ones.
    Cut,
}

pub(crate) struct Proxy {
    pub(crate) address: SocketAddr,
    wire: Arc<watch::Sender<Wire>>,
}

impl Proxy {
    /// Listens on a free port; `server` is `host:port`.
    pub(crate) async fn to(server: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let wire = Arc::new(watch::channel(Wire::Open).0);
        let accepting = Arc::clone(&wire);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                if *accepting.borrow() == Wire::Cut {
                    continue;
                }
                let Ok(upstream) = TcpStream::connect(&server).await else { continue };
                let ((from_client, to_client), (from_server, to_server)) = (client.into_split(), upstream.into_split());
                tokio::spawn(carry(from_client, to_server, accepting.subscribe()));
                tokio::spawn(carry(from_server, to_client, accepting.subscribe()));
            }
        });
        Self { address, wire }
    }

    pub(crate) fn stop(&self) {
        self.wire.send_replace(Wire::Stopped);
    }

    pub(crate) fn cut(&self) {
        self.wire.send_replace(Wire::Cut);
    }

    pub(crate) fn open(&self) {
        self.wire.send_replace(Wire::Open);
    }
}

async fn carry(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut wire: watch::Receiver<Wire>) {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let read = tokio::select! {
            cut = wire.wait_for(|wire| *wire == Wire::Cut) => { let _ended = cut; return }
            read = from.read(&mut buffer) => read,
        };
        let Ok(count @ 1..) = read else { return };
        let Ok(state) = wire.wait_for(|wire| *wire != Wire::Stopped).await.map(|state| *state) else { return };
        if state == Wire::Cut || to.write_all(&buffer[..count]).await.is_err() {
            return;
        }
    }
}
