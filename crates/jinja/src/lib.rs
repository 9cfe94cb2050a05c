//! StackStorm's dialect of Jinja, on minijinja.
