//! A cable between the platform and a server that it needs, which can be cut, blocked and slowed down.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

const BETWEEN_LOOKS: Duration = Duration::from_millis(20);

/// What the cable does with what comes through it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cable {
    Whole,
    /// Nobody is reached; what was connected is reset.
    Cut,
    /// Connections stand, and nothing comes through.
    Blocked,
    /// Everything takes so much longer.
    Slow(Duration),
}

/// Listens on a port of its own and forwards to a server.
pub(crate) struct Proxy {
    pub(crate) address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    server: SocketAddr,
    state: Mutex<State>,
}

struct State {
    cable: Cable,
    /// Those that stand; they are closed with the last thread that forwards.
    connections: Vec<Weak<TcpStream>>,
}

impl Proxy {
    pub(crate) fn start(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("a bound listener has an address");
        let state = Mutex::new(State { cable: Cable::Whole, connections: Vec::new() });
        let shared = Arc::new(Shared { server, state });
        let accepting = Arc::clone(&shared);
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                accepting.connect(client);
            }
        });
        Self { address, shared }
    }

    pub(crate) fn set(&self, cable: Cable) {
        let mut state = self.shared.state.lock().expect("no panic while forwarding");
        state.cable = cable;
        if cable == Cable::Cut {
            for connection in state.connections.drain(..).filter_map(|connection| connection.upgrade()) {
                // It may be closed already.
                let _closed = connection.shutdown(Shutdown::Both);
            }
        }
    }
}

impl Shared {
    fn cable(&self) -> Cable {
        self.state.lock().expect("no panic while forwarding").cable
    }

    fn connect(self: &Arc<Self>, client: TcpStream) {
        if self.cable() == Cable::Cut {
            return;
        }
        let Ok(server) = TcpStream::connect(self.server) else { return };
        let ends = [Arc::new(client), Arc::new(server)];
        let mut state = self.state.lock().expect("no panic while forwarding");
        state.connections.retain(|connection| connection.strong_count() > 0);
        state.connections.extend(ends.iter().map(Arc::downgrade));
        drop(state);
        let [client, server] = ends;
        for (from, to) in [(Arc::clone(&client), Arc::clone(&server)), (server, client)] {
            let shared = Arc::clone(self);
            std::thread::spawn(move || shared.forward(&from, &to));
        }
    }

    fn forward(&self, mut from: &TcpStream, mut to: &TcpStream) {
        let mut buffer = vec![0; 64 * 1024];
        while let Ok(count) = from.read(&mut buffer) {
            if count == 0 || !self.let_through() || to.write_all(&buffer[..count]).is_err() {
                break;
            }
        }
        // Both sides are to notice.
        let _closed = (from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both));
    }

    /// Waits as the cable demands; false when it was cut.
    fn let_through(&self) -> bool {
        loop {
            match self.cable() {
                Cable::Whole => return true,
                Cable::Cut => return false,
                Cable::Blocked => std::thread::sleep(BETWEEN_LOOKS),
                Cable::Slow(by) => {
                    std::thread::sleep(by);
                    return true;
                }
            }
        }
    }
}
