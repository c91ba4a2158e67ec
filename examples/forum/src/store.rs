//! The posts, in one file that is only ever appended to: a line of JSON each.
//!
//! A thread is known by where the line that started it begins. So several processes can have the
//! file open, as two releases do while one takes over, and agree without a word: the kernel puts
//! appended lines one after the other, and each process reads on from where it was.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Clone, Debug, PartialEq)]
pub struct Post {
    /// Seconds since 1970.
    pub at: u64,
    pub author: String,
    pub text: String,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Place {
    /// The first post of a new thread with this title.
    Title(String),
    /// A post in the thread that starts there.
    Thread(u64),
}

#[derive(Serialize, Deserialize)]
struct Line {
    #[serde(flatten)]
    place: Place,
    #[serde(flatten)]
    post: Post,
}

pub struct Thread {
    pub id: u64,
    pub title: String,
    pub posts: Vec<Post>,
}

impl Thread {
    pub fn last(&self) -> &Post {
        &self.posts[self.posts.len() - 1]
    }
}

pub struct Store {
    file: File,
    /// How far the file has been read.
    read: u64,
    threads: Vec<Thread>,
}

impl Store {
    pub fn open(path: PathBuf) -> io::Result<Store> {
        let file = OpenOptions::new()
            .read(true)
            .append(true)
            .create(true)
            .open(path)?;
        let mut store = Store {
            file,
            read: 0,
            threads: Vec::new(),
        };
        store.refresh()?;
        Ok(store)
    }

    /// Reads what was appended since.
    pub fn refresh(&mut self) -> io::Result<()> {
        if self.file.metadata()?.len() == self.read {
            return Ok(());
        }
        let mut new = Vec::new();
        self.file.seek(SeekFrom::Start(self.read))?;
        self.file.read_to_end(&mut new)?;
        // What follows the last line feed is not all there yet.
        for line in new.split_inclusive(|&byte| byte == b'\n') {
            if !line.ends_with(b"\n") {
                break;
            }
            self.take(self.read, line);
            self.read += line.len() as u64;
        }
        Ok(())
    }

    fn take(&mut self, id: u64, line: &[u8]) {
        match serde_json::from_slice(line) {
            Ok(Line {
                place: Place::Title(title),
                post,
            }) => self.threads.push(Thread {
                id,
                title,
                posts: vec![post],
            }),
            Ok(Line {
                place: Place::Thread(thread),
                post,
            }) => {
                if let Ok(index) = self.index(thread) {
                    self.threads[index].posts.push(post);
                }
            }
            // An empty line, or one that a crash left unfinished.
            Err(_) => {}
        }
    }

    fn append(&mut self, line: &Line) -> io::Result<u64> {
        let mut bytes = serde_json::to_vec(line)?;
        bytes.push(b'\n');
        // An unfinished line is ended first, so that it takes nothing with it.
        if self.file.metadata()?.len() != self.read {
            self.file.write_all(b"\n")?;
        }
        self.file.write_all(&bytes)?;
        let id = self.file.stream_position()? - bytes.len() as u64;
        self.file.sync_data()?;
        self.refresh()?;
        Ok(id)
    }

    pub fn start(&mut self, title: String, post: Post) -> io::Result<u64> {
        self.append(&Line {
            place: Place::Title(title),
            post,
        })
    }

    /// False if there is no such thread.
    pub fn reply(&mut self, thread: u64, post: Post) -> io::Result<bool> {
        if self.index(thread).is_err() {
            return Ok(false);
        }
        self.append(&Line {
            place: Place::Thread(thread),
            post,
        })?;
        Ok(true)
    }

    fn index(&self, id: u64) -> Result<usize, usize> {
        self.threads.binary_search_by_key(&id, |thread| thread.id)
    }

    pub fn thread(&self, id: u64) -> Option<&Thread> {
        Some(&self.threads[self.index(id).ok()?])
    }

    /// All of them, the oldest first.
    pub fn threads(&self) -> &[Thread] {
        &self.threads
    }
}

#[cfg(test)]
pub mod tests {
    use std::{env, fs, process};

    use super::*;

    fn path(name: &str) -> PathBuf {
        env::temp_dir().join(format!("forum-{name}-{}.jsonl", process::id()))
    }

    pub fn empty(name: &str) -> Store {
        let _ = fs::remove_file(path(name));
        Store::open(path(name)).unwrap()
    }

    fn post(text: &str) -> Post {
        Post {
            at: 0,
            author: "Ada".to_owned(),
            text: text.to_owned(),
        }
    }

    fn texts(store: &Store, id: u64) -> Vec<&str> {
        let posts = &store.thread(id).unwrap().posts;
        posts.iter().map(|post| post.text.as_str()).collect()
    }

    #[test]
    fn posts_are_still_there_after_a_restart() {
        let mut store = empty("restart");
        let first = store.start("One".to_owned(), post("a")).unwrap();
        let second = store.start("Two".to_owned(), post("b\nc")).unwrap();
        assert!(store.reply(first, post("d")).unwrap());

        let store = Store::open(path("restart")).unwrap();
        assert_eq!(texts(&store, first), ["a", "d"]);
        assert_eq!(texts(&store, second), ["b\nc"]);
        assert_eq!(store.threads().len(), 2);
    }

    #[test]
    fn two_processes_see_each_others_posts() {
        let mut old = empty("two");
        let mut new = Store::open(path("two")).unwrap();
        let first = old.start("One".to_owned(), post("a")).unwrap();
        let second = new.start("Two".to_owned(), post("b")).unwrap();
        assert_ne!(first, second);
        old.refresh().unwrap();
        assert!(old.reply(second, post("c")).unwrap());
        new.refresh().unwrap();
        assert_eq!(texts(&old, second), ["b", "c"]);
        assert_eq!(texts(&new, second), ["b", "c"]);
    }

    #[test]
    fn an_unfinished_line_is_left_behind() {
        let mut store = empty("torn");
        store.start("One".to_owned(), post("a")).unwrap();
        let mut file = OpenOptions::new().append(true).open(path("torn")).unwrap();
        file.write_all(b"{\"thread\":0,\"at\":0,\"aut").unwrap();

        let mut store = Store::open(path("torn")).unwrap();
        assert!(store.reply(0, post("b")).unwrap());
        assert_eq!(texts(&store, 0), ["a", "b"]);
        assert_eq!(texts(&Store::open(path("torn")).unwrap(), 0), ["a", "b"]);
    }

    #[test]
    fn no_reply_without_a_thread() {
        let mut store = empty("none");
        assert!(!store.reply(3, post("a")).unwrap());
    }
}
