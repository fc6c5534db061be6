//! The groups of a directory as lines of a file: what the server keeps for itself while it follows them, and what an agent
//! sends. Knows no workplace.

use std::fs::File;
use std::io::{BufReader, BufWriter, Seek as _, SeekFrom, Write as _};

use guildhall_wire::directory::{GroupLine, read_line};

use super::Settings;
use super::ldap::{self, Group, Trouble};

/// Members that stand on one line: the longest names of entries still fit.
const MEMBERS: usize = 500;
/// More groups of one directory are a mistake in what is asked for.
const MOST_GROUPS: usize = 200_000;

/// Groups, in a file that is whole.
#[derive(Debug)]
pub struct Roll {
    pub file: File,
    pub groups: usize,
}

/// Reads all groups below `base`. It is whole or an error.
pub async fn read(settings: &Settings, base: &str, password: &str) -> Result<Roll, Trouble> {
    let (server, kind) = (settings.server.clone(), settings.kind);
    let (base, password) = (base.to_owned(), password.to_owned());
    // As for people: what a broken server makes the library do stops nobody else.
    let reading = tokio::spawn(async move {
        let mut session = ldap::connect(&server, &password).await?;
        ldap::groups(&mut session, kind, &base).await
    });
    let found = reading.await.unwrap_or_else(|_| {
        Err(Trouble::new(
            "directory_answer",
            "The directory gave an answer that is no LDAP: see that the port is that of a directory.",
        ))
    })?;
    let groups = found.len();
    let file = written(&found).map_err(|why| {
        Trouble::new(
            "directory_disk",
            format!("What was read can't be written to the disk: {why}."),
        )
    })?;
    Ok(Roll { file, groups })
}

fn written(groups: &[Group]) -> std::io::Result<File> {
    let mut to = BufWriter::new(tempfile::tempfile()?);
    let mut lines = 0;
    let mut put = |line: &GroupLine| {
        lines += 1;
        serde_json::to_writer(&mut to, line)?;
        to.write_all(b"\n")
    };
    for group in groups {
        put(&GroupLine::Group {
            key: group.key.clone(),
            dn: group.dn.clone(),
            name: group.name.clone(),
        })?;
        for names in group.members.chunks(MEMBERS) {
            put(&GroupLine::Members {
                names: names.to_vec(),
            })?;
        }
    }
    serde_json::to_writer(&mut to, &GroupLine::End { lines })?;
    to.write_all(b"\n")?;
    let mut file = to.into_inner().map_err(std::io::IntoInnerError::into_error)?;
    file.seek(SeekFrom::Start(0))?;
    Ok(file)
}

/// The groups of a file one by one, each with its members.
pub struct Groups<'a> {
    from: BufReader<&'a mut File>,
    buffer: Vec<u8>,
    lines: u64,
    next: Option<Group>,
    ended: bool,
}

impl<'a> Groups<'a> {
    /// From the beginning of the file.
    pub fn of(file: &'a mut File) -> Result<Self, String> {
        file.seek(SeekFrom::Start(0)).map_err(|why| why.to_string())?;
        Ok(Self {
            from: BufReader::new(file),
            buffer: Vec::new(),
            lines: 0,
            next: None,
            ended: false,
        })
    }

    /// The next group; nothing at the end. An error where a line is none, or the last is missing.
    pub fn read(&mut self) -> Result<Option<Group>, String> {
        while !self.ended {
            let line =
                read_line(&mut self.from, &mut self.buffer, self.lines).map_err(|why| why.to_string())?;
            match line {
                None => return Err("the last line is missing, so that it may be only a part".into()),
                Some(GroupLine::End { lines }) if lines == self.lines => self.ended = true,
                Some(GroupLine::End { lines }) => {
                    return Err(format!(
                        "the last line speaks of {lines} lines, and {} came",
                        self.lines
                    ));
                }
                Some(GroupLine::Members { names }) => {
                    self.lines += 1;
                    let Some(group) = &mut self.next else {
                        return Err("members stand before the first group".into());
                    };
                    group.members.extend(names);
                    if group.members.len() > ldap::MOST_MEMBERS {
                        return Err(format!(
                            "the group \"{}\" has more than a million members",
                            group.name
                        ));
                    }
                }
                Some(GroupLine::Group { key, dn, name }) => {
                    self.lines += 1;
                    if key.is_empty() || dn.is_empty() {
                        return Err(format!("line {} is a group without a key or a name", self.lines));
                    }
                    let group = Group {
                        key,
                        dn,
                        name,
                        members: Vec::new(),
                    };
                    if let Some(done) = self.next.replace(group) {
                        return Ok(Some(done));
                    }
                }
            }
        }
        Ok(self.next.take())
    }
}

/// Reads all lines once, and counts the groups.
pub fn whole(file: &mut File) -> Result<usize, String> {
    let mut groups = Groups::of(file)?;
    let mut count = 0;
    while groups.read()?.is_some() {
        count += 1;
        if count > MOST_GROUPS {
            return Err(format!(
                "there are more than {MOST_GROUPS} groups: choose a narrower base"
            ));
        }
    }
    let mut rest = Vec::new();
    match read_line::<GroupLine>(&mut groups.from, &mut rest, groups.lines + 1) {
        Ok(None) => Ok(count),
        _ => Err("there are lines behind the last one".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> File {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        file
    }

    #[test]
    fn what_is_written_is_read_again() {
        let group = |key: &str, members: usize| Group {
            key: key.into(),
            dn: format!("cn={key}"),
            name: key.to_uppercase(),
            members: (0..members).map(|number| format!("uid={number}")).collect(),
        };
        let groups = [group("a", 0), group("b", 1), group("c", 2 * MEMBERS + 1)];
        let mut file = written(&groups).unwrap();
        assert_eq!(whole(&mut file).unwrap(), 3);
        let mut reader = Groups::of(&mut file).unwrap();
        for group in groups {
            assert_eq!(reader.read().unwrap(), Some(group));
        }
        assert_eq!(reader.read().unwrap(), None);
        assert_eq!(reader.read().unwrap(), None);
    }

    #[test]
    fn what_is_not_whole_is_refused() {
        let group = r#"{"kind":"group","key":"a","dn":"cn=a","name":"A"}"#;
        let table = [
            (String::new(), "last line is missing"),
            (format!("{group}\n"), "last line is missing"),
            (
                format!("{group}\n{{\"kind\":\"end\",\"lines\":2}}\n"),
                "speaks of 2 lines",
            ),
            (
                format!("{group}\n{{\"kind\":\"end\",\"lines\":1}}\n{group}\n"),
                "behind the last one",
            ),
            (
                "{\"kind\":\"members\",\"names\":[\"x\"]}\n".to_owned(),
                "before the first group",
            ),
            (
                group.replace("\"a\"", "\"\"") + "\n{\"kind\":\"end\",\"lines\":1}\n",
                "without a key",
            ),
            ("{\"kind\":\"person\"}\n".to_owned(), "line 1"),
        ];
        for (text, why) in table {
            let said = whole(&mut file(&text)).unwrap_err();
            assert!(said.contains(why), "{text}: {said}");
        }
    }
}
