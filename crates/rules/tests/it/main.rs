//! The rules engine as a service, and the exam recorded from StackStorm.

mod engine;
mod exam;
