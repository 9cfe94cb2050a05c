//! The Orquesta workflow language: specification, inspection, graph, conductor. A pure state machine.
