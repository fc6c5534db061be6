/// The languages that cards are written in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Language {
    #[default]
    English,
    German,
    French,
    Spanish,
    Italian,
    Portuguese,
    Dutch,
    Polish,
    Ukrainian,
}

/// The sentences of a card. `{address}` and `{day}` are put in.
pub(super) struct Words {
    pub title: &'static str,
    pub employee: &'static str,
    pub open: &'static str,
    pub type_it: &'static str,
    pub choose: &'static str,
    pub keep: &'static str,
    /// How a day is written: for `strftime`.
    day: &'static str,
}

impl Language {
    pub const ALL: [Self; 9] = [
        Self::English,
        Self::German,
        Self::French,
        Self::Spanish,
        Self::Italian,
        Self::Portuguese,
        Self::Dutch,
        Self::Polish,
        Self::Ukrainian,
    ];

    /// Its BCP 47 tag.
    pub fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
            Self::French => "fr",
            Self::Spanish => "es",
            Self::Italian => "it",
            Self::Portuguese => "pt",
            Self::Dutch => "nl",
            Self::Polish => "pl",
            Self::Ukrainian => "uk",
        }
    }

    /// The language of a BCP 47 tag, whatever its region; nothing, if cards are not written in it.
    pub fn of_tag(tag: &str) -> Option<Self> {
        let language = tag.split(['-', '_']).next().unwrap_or_default();
        Self::ALL
            .into_iter()
            .find(|known| known.tag().eq_ignore_ascii_case(language))
    }

    pub(super) fn words(self) -> &'static Words {
        match self {
            Self::English => &ENGLISH,
            Self::German => &GERMAN,
            Self::French => &FRENCH,
            Self::Spanish => &SPANISH,
            Self::Italian => &ITALIAN,
            Self::Portuguese => &PORTUGUESE,
            Self::Dutch => &DUTCH,
            Self::Polish => &POLISH,
            Self::Ukrainian => &UKRAINIAN,
        }
    }
}

impl Words {
    pub(super) fn day(&self, day: jiff::civil::Date) -> String {
        day.strftime(self.day).to_string()
    }
}

const ENGLISH: Words = Words {
    title: "Your access",
    employee: "Employee ID",
    open: "Scan the picture with your phone, or open {address}",
    type_it: "Type your access code if you are asked for it.",
    choose: "Choose a user name and a password. Then you are in.",
    keep: "Works once, until {day}. Give it to nobody.",
    day: "%-d %B %Y",
};
const GERMAN: Words = Words {
    title: "Ihr Zugang",
    employee: "Personalnummer",
    open: "Scannen Sie das Bild mit dem Handy oder öffnen Sie {address}",
    type_it: "Geben Sie Ihren Zugangscode ein, wenn danach gefragt wird.",
    choose: "Wählen Sie Benutzername und Passwort. Dann sind Sie drin.",
    keep: "Gilt einmal, bis {day}. Geben Sie ihn niemandem.",
    day: "%d.%m.%Y",
};
const FRENCH: Words = Words {
    title: "Votre accès",
    employee: "Matricule",
    open: "Scannez l’image avec votre téléphone ou ouvrez {address}",
    type_it: "Saisissez votre code d’accès s’il est demandé.",
    choose: "Choisissez un nom d’utilisateur et un mot de passe. C’est fait.",
    keep: "Valable une fois, jusqu’au {day}. Ne le donnez à personne.",
    day: "%d/%m/%Y",
};
const SPANISH: Words = Words {
    title: "Su acceso",
    employee: "N.º de empleado",
    open: "Escanee la imagen con su teléfono o abra {address}",
    type_it: "Escriba su código de acceso si se lo piden.",
    choose: "Elija un nombre de usuario y una contraseña. Ya está dentro.",
    keep: "Vale una sola vez, hasta el {day}. No se lo dé a nadie.",
    day: "%d/%m/%Y",
};
const ITALIAN: Words = Words {
    title: "Il tuo accesso",
    employee: "Matricola",
    open: "Inquadra l’immagine con il telefono o apri {address}",
    type_it: "Scrivi il tuo codice di accesso, se richiesto.",
    choose: "Scegli un nome utente e una password. Ora sei dentro.",
    keep: "Vale una volta sola, fino al {day}. Non darlo a nessuno.",
    day: "%d/%m/%Y",
};
const PORTUGUESE: Words = Words {
    title: "O seu acesso",
    employee: "N.º de funcionário",
    open: "Leia a imagem com o telemóvel ou abra {address}",
    type_it: "Escreva o seu código de acesso, se for pedido.",
    choose: "Escolha um nome de utilizador e uma palavra-passe. Já está.",
    keep: "Vale uma só vez, até {day}. Não o dê a ninguém.",
    day: "%d/%m/%Y",
};
const DUTCH: Words = Words {
    title: "Uw toegang",
    employee: "Personeelsnummer",
    open: "Scan de afbeelding met uw telefoon of open {address}",
    type_it: "Typ uw toegangscode als daarom wordt gevraagd.",
    choose: "Kies een gebruikersnaam en een wachtwoord. Dan bent u binnen.",
    keep: "Werkt één keer, tot en met {day}. Geef hem aan niemand.",
    day: "%d-%m-%Y",
};
const POLISH: Words = Words {
    title: "Twój dostęp",
    employee: "Nr pracownika",
    open: "Zeskanuj obrazek telefonem albo otwórz {address}",
    type_it: "Wpisz kod dostępu, jeśli pojawi się takie pytanie.",
    choose: "Wybierz nazwę użytkownika i hasło. Gotowe.",
    keep: "Działa jeden raz, do {day}. Nie dawaj go nikomu.",
    day: "%d.%m.%Y",
};
const UKRAINIAN: Words = Words {
    title: "Ваш доступ",
    employee: "Табельний номер",
    open: "Відскануйте зображення телефоном або відкрийте {address}",
    type_it: "Введіть код доступу, якщо про нього запитають.",
    choose: "Виберіть ім’я користувача та пароль. Готово.",
    keep: "Діє один раз, до {day}. Нікому його не давайте.",
    day: "%d.%m.%Y",
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_has_a_language_if_there_are_words_in_it() {
        for (tag, expect) in [
            ("pl-PL", Some(Language::Polish)),
            ("de", Some(Language::German)),
            ("PT_br", Some(Language::Portuguese)),
            ("xx", None),
            ("", None),
        ] {
            assert_eq!(Language::of_tag(tag), expect, "{tag}");
        }
    }

    #[test]
    fn every_language_says_all_of_it() {
        let day = jiff::civil::date(2027, 2, 4);
        for language in Language::ALL {
            let words = language.words();
            assert!(words.open.contains("{address}") && words.keep.contains("{day}"));
            assert!(words.day(day).contains("2027"), "{language:?}");
            assert_eq!(Language::of_tag(language.tag()), Some(language));
        }
    }
}
