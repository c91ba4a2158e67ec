//! The pages, as HTML.

use std::fmt::{self, Display, Formatter};

use crate::store::{Post, Thread};

/// Text in a page.
struct Escaped<'a>(&'a str);

impl Display for Escaped<'_> {
    fn fmt(&self, f: &mut Formatter) -> fmt::Result {
        let mut rest = self.0;
        while let Some(at) = rest.find(['&', '<', '>', '"']) {
            f.write_str(&rest[..at])?;
            f.write_str(match rest.as_bytes()[at] {
                b'&' => "&amp;",
                b'<' => "&lt;",
                b'>' => "&gt;",
                _ => "&quot;",
            })?;
            rest = &rest[at + 1..];
        }
        f.write_str(rest)
    }
}

/// A time given in seconds since 1970, in UTC.
struct Date(u64);

impl Display for Date {
    fn fmt(&self, f: &mut Formatter) -> fmt::Result {
        let (mut days, seconds) = (self.0 / 86_400, self.0 % 86_400);
        let is_leap = |year: u64| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let mut year = 1970;
        while days >= 365 + u64::from(is_leap(year)) {
            days -= 365 + u64::from(is_leap(year));
            year += 1;
        }
        let february = 28 + u64::from(is_leap(year));
        let mut month = 1;
        for length in [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30] {
            if days < length {
                break;
            }
            days -= length;
            month += 1;
        }
        let (day, hour, minute) = (days + 1, seconds / 3600, seconds / 60 % 60);
        write!(f, "{year}-{month:02}-{day:02} {hour:02}:{minute:02}")
    }
}

const STYLE: &str = "body{max-width:42rem;margin:2rem auto;padding:0 1rem;font:1.05rem/1.5 \
    system-ui,sans-serif}label,input,textarea{display:block;width:100%;box-sizing:border-box;\
    font:inherit}label,button{margin-top:.75rem}article{margin-top:1.5rem;border-top:1px solid \
    #ccc}article p{white-space:pre-line}footer,small{color:#666}";

fn page(title: &str, body: &str) -> String {
    format!(
        r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>{STYLE}</style>
</head>
<body>
<h1>{title}</h1>
{body}
</body>
</html>
"#,
        title = Escaped(title),
    )
}

fn form(action: &str, title: &str, button: &str) -> String {
    format!(
        r#"<form method="post" action="{action}">{title}
<label>Name <input name="author" maxlength="40" required></label>
<label>Post <textarea name="text" rows="4" maxlength="10000" required></textarea></label>
<button>{button}</button>
</form>"#
    )
}

fn post(post: &Post) -> String {
    format!(
        "<article><p>{}</p><footer>{}, {}</footer></article>\n",
        Escaped(&post.text),
        Escaped(&post.author),
        Date(post.at)
    )
}

/// The list of threads, those with the newest posts first.
pub fn threads(threads: &[Thread]) -> String {
    let mut latest: Vec<_> = threads.iter().collect();
    latest.sort_by_key(|thread| std::cmp::Reverse((thread.last().at, thread.id)));
    let list: String = latest
        .into_iter()
        .map(|thread| {
            let posts = match thread.posts.len() {
                1 => "1 post".to_owned(),
                n => format!("{n} posts"),
            };
            format!(
                "<li><a href=\"threads/{}\">{}</a> <small>{posts}, last by {} at {}</small></li>\n",
                thread.id,
                Escaped(&thread.title),
                Escaped(&thread.last().author),
                Date(thread.last().at)
            )
        })
        .collect();
    let title =
        "\n<label>Title <input name=\"title\" maxlength=\"120\" required></label>".to_owned();
    let form = form("threads", &title, "Start a thread");
    page("Forum", &format!("<ul>\n{list}</ul>\n{form}"))
}

/// A thread with its posts.
pub fn thread(thread: &Thread) -> String {
    let posts: String = thread.posts.iter().map(post).collect();
    let form = form(&format!("{}/posts", thread.id), "", "Reply");
    let back = "<p><a href=\"../\">All threads</a></p>";
    page(&thread.title, &format!("{back}\n{posts}{form}"))
}

pub fn problem(message: &str) -> String {
    page("Forum", &format!("<p>{}</p>", Escaped(message)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_escaped() {
        let text = Escaped("<a href=\"é\">&</a>").to_string();
        assert_eq!(text, "&lt;a href=&quot;é&quot;&gt;&amp;&lt;/a&gt;");
    }

    #[test]
    fn dates() {
        for (seconds, date) in [
            (0, "1970-01-01 00:00"),
            (951_782_399, "2000-02-28 23:59"),
            (951_782_400, "2000-02-29 00:00"),
            (1_744_284_714, "2025-04-10 11:31"),
            (4_107_542_399, "2100-02-28 23:59"),
            (4_107_542_400, "2100-03-01 00:00"),
        ] {
            assert_eq!(Date(seconds).to_string(), date);
        }
    }
}
