//! The bus port, its topology and the in-process bus.
