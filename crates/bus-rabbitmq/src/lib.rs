//! The bus port on RabbitMQ: StackStorm's exchanges and routing keys, JSON bodies, durable quorum queues.
//!
//! Two connections, each with a supervisor of its own that reconnects for ever: one publishes (a broker that runs out of
//! memory stops reading from those who publish), the other consumes and listens. What travels: `squall_bus::wire`.

mod back_off;
mod consumer;
mod dead;
mod hub;
mod link;
mod options;
mod publisher;
mod session;
mod settling;
mod topology;

use std::sync::Arc;

use async_trait::async_trait;
use squall_bus::wire::Originals;
use squall_bus::{Bus, Consumer, Error, Exchange, Health, Listener, Message, Queue, Result};

pub use back_off::BackOff;
pub use options::{InvalidUrl, Options};

use consumer::QueueConsumer;
use dead::DeadLetters;
use hub::Hub;
use link::Link;
use publisher::Publisher;
use topology::Names;

/// A bus for services in many processes. Clones share the connections.
#[derive(Clone)]
pub struct RabbitBus {
    shared: Arc<Shared>,
}

pub(crate) struct Shared {
    pub(crate) options: Options,
    pub(crate) names: Names,
    pub(crate) publishing: Link,
    pub(crate) consuming: Link,
    pub(crate) publisher: Publisher,
    pub(crate) dead: DeadLetters,
    pub(crate) originals: Arc<dyn Originals>,
    hub: Hub,
}

impl RabbitBus {
    /// Begins to connect, and goes on without end; [`Bus::health`] tells how it is. Must be called within a runtime.
    pub fn start(options: Options, originals: Arc<dyn Originals>) -> std::result::Result<Self, InvalidUrl> {
        let uri = options.uri()?;
        let names = Names::new(&options.prefix);
        let publishing = Link::start("publishing", &options, uri.clone(), names.clone());
        let consuming = Link::start("consuming", &options, uri, names.clone());
        let publisher = Publisher::new(publishing.clone(), names.clone(), &options);
        let dead = DeadLetters::new(publisher.clone(), names.clone());
        let hub = Hub::start(consuming.clone(), names.clone(), &options);
        let shared = Shared { options, names, publishing, consuming, publisher, dead, originals, hub };
        Ok(Self { shared: Arc::new(shared) })
    }
}

#[async_trait]
impl Bus for RabbitBus {
    async fn publish(&self, message: Message) -> Result<()> {
        self.shared.publisher.publish(&message).await
    }

    async fn consume(&self, queue: Queue) -> Result<Box<dyn Consumer>> {
        Ok(Box::new(QueueConsumer::start(Arc::clone(&self.shared), queue)))
    }

    async fn listen(&self, exchanges: &[Exchange]) -> Result<Box<dyn Listener>> {
        let originals = Arc::clone(&self.shared.originals);
        Ok(Box::new(self.shared.hub.listen(exchanges, originals).await?))
    }

    async fn waiting(&self, queue: Queue) -> Result<usize> {
        let shared = &self.shared;
        let session = shared.consuming.session_within(shared.options.patience).await?;
        let name = shared.names.queue(queue);
        let count = tokio::time::timeout(shared.options.confirm_within, topology::waiting(&session, &name)).await;
        match count {
            Ok(Ok(count)) => Ok(count),
            Ok(Err(error)) => Err(Error::Unavailable(error.to_string())),
            Err(_) => Err(Error::Unavailable("the broker does not answer".to_owned())),
        }
    }

    fn delivery_limit(&self) -> u32 {
        self.shared.options.delivery_limit
    }

    fn health(&self) -> Health {
        let (publishing, consuming) = (self.shared.publishing.health(), self.shared.consuming.health());
        match (publishing.available, consuming.available) {
            (false, _) => publishing,
            (true, false) => consuming,
            // Both are up since the later of the two.
            (true, true) if publishing.lasting < consuming.lasting => publishing,
            (true, true) => consuming,
        }
    }

    async fn close(&self) {
        futures::join!(self.shared.publishing.close(), self.shared.consuming.close());
    }
}
