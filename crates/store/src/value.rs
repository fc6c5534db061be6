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
    /// One column of many rows, for PostgreSQL.
    Column(Column),
}

/// The values of one column.
#[derive(Clone, Debug, PartialEq)]
pub enum Column {
    Text(Vec<Option<String>>),
    Int(Vec<Option<i64>>),
    Bool(Vec<Option<bool>>),
    Uuid(Vec<Option<Uuid>>),
    Bytes(Vec<Option<Vec<u8>>>),
}

impl Value {
    /// Values of one type as a column.
    pub(crate) fn column(values: Vec<Self>) -> Self {
        macro_rules! gather {
            ($variant:ident) => {
                Column::$variant(
                    values
                        .into_iter()
                        .map(|value| match value {
                            Self::$variant(value) => value,
                            other => unreachable!("a column holds values of one type, and not {other:?}"),
                        })
                        .collect(),
                )
            };
        }
        Self::Column(match values.first() {
            Some(Self::Int(_)) => gather!(Int),
            Some(Self::Bool(_)) => gather!(Bool),
            Some(Self::Uuid(_)) => gather!(Uuid),
            Some(Self::Bytes(_)) => gather!(Bytes),
            _ => gather!(Text),
        })
    }
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
