//! Ids, references, status tables and resources as the API shows them.
