//! A cable between the bus and the broker that can be cut, and that can go dead without telling.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Nothing gets through in either direction, and nobody is told.
    Dead,
    /// Both ends see a reset.
    Cut,
}

/// A proxy; a fault strikes the connections there are, new ones work.
pub(crate) struct Cable {
    address: SocketAddr,
    faults: Arc<watch::Sender<Option<Fault>>>,
}

impl Cable {
    pub(crate) async fn to(broker: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let faults = Arc::new(watch::Sender::new(None));
        let told = Arc::clone(&faults);
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                let mut faults = told.subscribe();
                let broker = broker.clone();
                tokio::spawn(async move {
                    let Ok(far) = TcpStream::connect(broker).await else { return };
                    faults.mark_unchanged();
                    carry(near, far, faults).await;
                });
            }
        });
        Self { address, faults }
    }

    /// The URL of the broker by way of this cable.
    pub(crate) fn url(&self, url: &str) -> String {
        let (before, after) = (url.find('@').expect("a user") + 1, url.rfind('/').expect("a virtual host"));
        format!("{}{}{}", &url[..before], self.address, &url[after..])
    }

    pub(crate) fn strike(&self, fault: Fault) {
        self.faults.send_replace(Some(fault));
    }
}

/// Where the broker of a URL listens.
pub(crate) fn broker_of(url: &str) -> String {
    let (before, after) = (url.find('@').expect("a user") + 1, url.rfind('/').expect("a virtual host"));
    url[before..after].to_owned()
}

async fn carry(mut near: TcpStream, mut far: TcpStream, mut faults: watch::Receiver<Option<Fault>>) {
    let (mut one, mut other) = (vec![0; 65536], vec![0; 65536]);
    loop {
        tokio::select! {
            _ = faults.changed() => {
                let fault = *faults.borrow();
                if fault == Some(Fault::Dead) {
                    // Both ends stay open for as long as the test lives.
                    std::future::pending::<()>().await;
                }
                let _gone = near.set_zero_linger();
                let _gone = far.set_zero_linger();
                return;
            }
            read = near.read(&mut one) => match read {
                Ok(0) | Err(_) => return,
                Ok(count) => if far.write_all(&one[..count]).await.is_err() { return },
            },
            read = far.read(&mut other) => match read {
                Ok(0) | Err(_) => return,
                Ok(count) => if near.write_all(&other[..count]).await.is_err() { return },
            },
        }
    }
}
