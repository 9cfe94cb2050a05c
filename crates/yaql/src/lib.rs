//! The YAQL expression language: lexer, parser, lazy evaluator, standard library.
