//! Lists: a page of what matches, and how many that are.

use mongodb::Collection;
use mongodb::bson::{Document, doc};
use mongodb::options::FindOptions;
use serde_json::Value;
use squall_store::{Page, Query, Result};

use crate::connection::{bounded, find, next};
use crate::filter::{Asked, Places, translate};
use crate::residue;

/// A collection that can be listed.
pub(crate) trait Listed: Places {
    type Item;

    fn collection(&self) -> Collection<Document>;

    /// The fields to load; all when there is none.
    fn projection(&self) -> Option<Document>;

    async fn read(&self, document: Document) -> Result<Self::Item>;

    /// Returns the value of a path, null where there is none: for what the server can't see.
    fn look(&self, item: &Self::Item, path: &str) -> Value;
}

/// Lists what a query asks for.
pub(crate) async fn page<L: Listed>(listed: &L, query: &Query) -> Result<Page<L::Item>> {
    let asked = translate(query, listed);
    if asked.is_hopeless {
        return Ok(Page { items: Vec::new(), total: 0 });
    }
    if asked.rest.is_empty() && asked.sort.is_some() {
        by_server(listed, query, asked).await
    } else {
        by_us(listed, query, asked).await
    }
}

async fn by_server<L: Listed>(listed: &L, query: &Query, asked: Asked) -> Result<Page<L::Item>> {
    let mut items = Vec::new();
    if query.limit != Some(0) {
        let options = options(listed, asked.sort, query.offset, query.limit);
        let mut cursor = find(&listed.collection(), asked.filter.clone(), options).await?;
        while let Some(document) = next(&mut cursor).await? {
            items.push(listed.read(document).await?);
        }
    }
    let seen = items.len() as u64;
    let is_last = query.limit.is_none_or(|limit| seen < limit) && (seen > 0 || query.offset == 0);
    let total = if is_last { query.offset + seen } else { count(listed, asked.filter).await? };
    Ok(Page { items, total })
}

/// Counts without reading documents: by the collection's own count, or in an index.
async fn count<L: Listed>(listed: &L, filter: Document) -> Result<u64> {
    let collection = listed.collection();
    if filter.is_empty() {
        return bounded(collection.estimated_document_count()).await;
    }
    bounded(collection.count_documents(filter)).await
}

/// Reads all that the server lets through, and does the rest here. Nothing is kept that is not on the page, unless the order is ours.
async fn by_us<L: Listed>(listed: &L, query: &Query, asked: Asked) -> Result<Page<L::Item>> {
    let is_ordered = asked.sort.is_some();
    let first = usize::try_from(query.offset).unwrap_or(usize::MAX);
    let most = query.limit.map_or(usize::MAX, |limit| usize::try_from(limit).unwrap_or(usize::MAX));
    let mut cursor = find(&listed.collection(), asked.filter, options(listed, asked.sort, 0, None)).await?;
    let (mut kept, mut total) = (Vec::new(), 0_usize);
    while let Some(document) = next(&mut cursor).await? {
        let item = listed.read(document).await?;
        if !residue::holds(&asked.rest, |path| listed.look(&item, path)) {
            continue;
        }
        total += 1;
        if !is_ordered {
            let keys: Vec<Value> = query.sort.iter().map(|sort| listed.look(&item, &sort.path)).collect();
            kept.push((keys, item));
        } else if total > first && kept.len() < most {
            kept.push((Vec::new(), item));
        }
    }
    if !is_ordered {
        kept.sort_by(|(left, _), (right, _)| residue::order(&query.sort, left, right));
        kept = kept.into_iter().skip(first).take(most).collect();
    }
    Ok(Page { items: kept.into_iter().map(|(_, item)| item).collect(), total: total as u64 })
}

/// Without an order of the server's own, that of the ids makes ties come in the same order each time.
fn options(listed: &impl Listed, sort: Option<Document>, offset: u64, limit: Option<u64>) -> FindOptions {
    FindOptions::builder()
        .sort(sort.unwrap_or_else(|| doc! {"_id": 1}))
        .projection(listed.projection())
        .skip(offset)
        .limit(limit.map(|limit| i64::try_from(limit).unwrap_or(i64::MAX)))
        .build()
}
