use uuid::Uuid;

/// A bound parameter. The typed null matters: PostgreSQL wants to know what a null is a null of.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Text(Option<String>),
    Int(Option<i64>),
    Bool(Option<bool>),
    Uuid(Option<Uuid>),
    Bytes(Option<Vec<u8>>),
    /// Of `column = ANY($n)`: any of these.
    Texts(Vec<String>),
    Uuids(Vec<Uuid>),
    Ints(Vec<i64>),
}

macro_rules! from {
    ($($type:ty => $variant:ident $(, $convert:expr)?;)*) => {$(
        impl From<$type> for Value {
            fn from(value: $type) -> Self {
                Self::$variant(Some(from!(@ value $(, $convert)?)))
            }
        }
        impl From<Option<$type>> for Value {
            fn from(value: Option<$type>) -> Self {
                Self::$variant(value.map(|value| from!(@ value $(, $convert)?)))
            }
        }
    )*};
    (@ $value:ident) => { $value };
    (@ $value:ident, $convert:expr) => { $convert($value) };
}

from! {
    String => Text;
    &str => Text, str::to_owned;
    &String => Text, String::clone;
    i64 => Int;
    i32 => Int, i64::from;
    u32 => Int, i64::from;
    bool => Bool;
    Uuid => Uuid;
    Vec<u8> => Bytes;
}

impl From<Vec<String>> for Value {
    fn from(list: Vec<String>) -> Self {
        Self::Texts(list)
    }
}

impl From<Vec<i64>> for Value {
    fn from(list: Vec<i64>) -> Self {
        Self::Ints(list)
    }
}

impl From<Vec<Uuid>> for Value {
    fn from(list: Vec<Uuid>) -> Self {
        Self::Uuids(list)
    }
}
