//! Reacts to finished work: notifications, internal triggers, garbage collection.
