//! `pack`

use super::common;
use crate::args::{CommonArgs, PackCommand, PackResultArgs};
use crate::commands::pack::{self, InstallPacks, PackView, RESULT_ATTRIBUTES, RemovePacks};
use crate::commands::resource::attributes_or;
use crate::commands::{Context, Outcome};
use crate::kinds::PACK;

pub(super) async fn pack(context: &mut Context<'_>, command: PackCommand) -> Outcome {
    match command {
        PackCommand::List(args) => common::list(context, &PACK, args).await,
        PackCommand::Get(args) => common::get(context, &PACK, args).await,
        PackCommand::Show(args) => pack::show(context, &args.pack).await,
        PackCommand::Search(args) => {
            let columns = args.list.columns;
            let attributes = attributes_or(&columns.attr, &["name", "description", "version", "author"]);
            pack::search(context, &args.query, &attributes, &columns.width).await
        }
        PackCommand::Install(args) => {
            let request =
                InstallPacks { view: view(args.result), force: args.force, skip_dependencies: args.skip_dependencies };
            pack::install(context, request).await
        }
        PackCommand::Remove(args) => pack::remove(context, RemovePacks { view: view(args.result) }).await,
        PackCommand::Register(args) => pack::register(context, args.packs, args.types).await,
    }
}

fn view(args: PackResultArgs) -> PackView {
    PackView {
        packs: args.packs,
        attributes: attributes_or(&args.attr, RESULT_ATTRIBUTES),
        widths: args.width,
        detail: args.detail,
    }
}

pub(super) fn common(command: &PackCommand) -> &CommonArgs {
    match command {
        PackCommand::List(args) => &args.common,
        PackCommand::Get(args) => &args.common,
        PackCommand::Show(args) => &args.common,
        PackCommand::Search(args) => &args.list.common,
        PackCommand::Install(args) => &args.result.common,
        PackCommand::Remove(args) => &args.result.common,
        PackCommand::Register(args) => &args.common,
    }
}
