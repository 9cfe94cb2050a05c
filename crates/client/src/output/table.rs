//! A bordered table as PrettyTable draws it: left-aligned cells, wrapped at a width per column.

use super::color::visible_width;
use super::wrap::wrap;

/// A table to be drawn; every row has as many cells as there are columns.
#[derive(Debug, Clone, Default)]
pub(crate) struct Table {
    pub(crate) headers: Vec<String>,
    /// Where the cells of a column are wrapped.
    pub(crate) max_widths: Vec<usize>,
    pub(crate) rows: Vec<Vec<String>>,
}

impl Table {
    /// The table without a trailing line feed; nothing for a table without columns.
    pub(crate) fn render(&self) -> String {
        if self.headers.is_empty() {
            return String::new();
        }
        let widths = self.column_widths();
        let rule = rule(&widths);
        let headers: Vec<Vec<String>> = self.headers.iter().map(|header| vec![header.clone()]).collect();
        let mut lines = vec![rule.clone()];
        draw_row(&headers, &widths, &mut lines);
        lines.push(rule.clone());
        for row in &self.rows {
            let cells: Vec<Vec<String>> =
                row.iter().zip(&widths).map(|(cell, width)| wrap_cell(cell, *width)).collect();
            draw_row(&cells, &widths, &mut lines);
        }
        lines.push(rule);
        lines.join("\n")
    }

    /// A column is as wide as its header or its widest line, up to its maximum; wrapping does not make it narrower.
    fn column_widths(&self) -> Vec<usize> {
        let mut widths: Vec<usize> = self.headers.iter().map(|header| visible_width(header)).collect();
        for row in &self.rows {
            for (column, (width, cell)) in widths.iter_mut().zip(row).enumerate() {
                let widest = cell.split('\n').map(visible_width).max().unwrap_or(0);
                let limit = self.max_widths.get(column).copied().unwrap_or(usize::MAX);
                *width = (*width).max(widest.min(limit));
            }
        }
        widths
    }
}

fn wrap_cell(cell: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for line in cell.split('\n') {
        if visible_width(line) > width {
            let wrapped = wrap(line, width);
            if wrapped.is_empty() { lines.push(String::new()) } else { lines.extend(wrapped) }
        } else {
            lines.push(line.replace('\t', "        "));
        }
    }
    lines
}

fn rule(widths: &[usize]) -> String {
    let mut rule = String::from("+");
    for width in widths {
        rule.extend(std::iter::repeat_n('-', width + 2));
        rule.push('+');
    }
    rule
}

fn draw_row(row: &[Vec<String>], widths: &[usize], lines: &mut Vec<String>) {
    let height = row.iter().map(Vec::len).max().unwrap_or(1);
    for index in 0..height {
        let mut line = String::from("|");
        for (cell, width) in row.iter().zip(widths) {
            let text = cell.get(index).map_or("", String::as_str);
            line.push(' ');
            line.push_str(text);
            line.extend(std::iter::repeat_n(' ', width.saturating_sub(visible_width(text)) + 1));
            line.push('|');
        }
        lines.push(line);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_borders_and_wraps_cells() {
        let table = Table {
            headers: vec!["id".to_owned(), "text".to_owned()],
            max_widths: vec![5, 9],
            rows: vec![vec!["1".to_owned(), "one two three".to_owned()], vec!["2".to_owned(), "a\nb".to_owned()]],
        };
        let expected = "\
+----+-----------+
| id | text      |
+----+-----------+
| 1  | one two   |
|    | three     |
| 2  | a         |
|    | b         |
+----+-----------+";
        assert_eq!(table.render(), expected);
    }

    #[test]
    fn a_table_without_columns_is_nothing() {
        assert_eq!(Table::default().render(), "");
    }
}
