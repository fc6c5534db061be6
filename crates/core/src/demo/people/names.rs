//! Names and places of the company's countries.

use std::sync::LazyLock;

/// People who share a language and the places where they work.
pub(super) struct Country {
    /// First label of the mail domain of the company there.
    pub code: &'static str,
    /// BCP 47 language of its people.
    pub locale: &'static str,
    pub time_zone: &'static str,
    /// Numbers that the country keeps free for films and examples, so that nobody is rung; a digit for each
    /// `#`. Countries without such a range have no phone numbers here.
    pub phone: Option<&'static str>,
    pub places: Vec<&'static str>,
    pub given: Vec<&'static str>,
    pub family: Vec<&'static str>,
}

pub(super) static COUNTRIES: LazyLock<Vec<Country>> = LazyLock::new(|| {
    let list = |text: &'static str| text.split(", ").collect();
    TEXTS
        .iter()
        .map(|text| Country {
            code: text.code,
            locale: text.locale,
            time_zone: text.time_zone,
            phone: text.phone,
            places: list(text.places),
            given: list(text.given),
            family: list(text.family),
        })
        .collect()
});

/// A country as it is written below: lists as one text, names apart by comma.
struct Text {
    code: &'static str,
    locale: &'static str,
    time_zone: &'static str,
    phone: Option<&'static str>,
    places: &'static str,
    given: &'static str,
    family: &'static str,
}

const TEXTS: &[Text] = &[
    Text {
        code: "uk",
        locale: "en-GB",
        time_zone: "Europe/London",
        phone: Some("+44 1632 960###"),
        places: "London, Leeds, Bristol, Glasgow",
        given: "Amelia, Oliver, Isla, George, Ava, Harry, Freya, Arthur, Poppy, Noah, Grace, Leo, Evie, \
                Oscar, Florence, Archie, Ruby, Theo, Alice, Finlay, Priya, Kwame, Siobhán, Aisha, Rhys, \
                Niamh, Callum, Hannah, Zoë, Imran, Chloë, Ewan, Megan, Daniel, Tamsin, Gareth, Bronwen, \
                Hamish, Olwen, Edward",
        family: "Smith, Jones, Taylor, Brown, Williams, Wilson, Johnson, Davies, Patel, Robinson, \
                Wright, Thompson, Evans, Walker, White, Roberts, Green, Hall, Wood, Jackson, Clarke, \
                O'Brien, Khan, Hughes, MacDonald, Okafor, Singh, Fletcher, Ashworth, Lloyd, Begum, \
                Carter, Murphy, Campbell, Shaw, Mensah, Holmes, Spencer-Hill, Barnes, Whitfield, \
                Ó Néill",
    },
    Text {
        code: "de",
        locale: "de-DE",
        time_zone: "Europe/Berlin",
        phone: Some("+49 30 23125###"),
        places: "Berlin, München, Köln, Düsseldorf",
        given: "Anna, Lukas, Jörg, Käthe, Felix, Lena, Jürgen, Sabine, Maximilian, Günther, Mia, Björn, \
                Franziska, Sören, Heike, Matthias, Ännchen, Stefan, Ulrike, Tobias, Renate, Moritz, \
                Annegret, Jonas, Bärbel, Karl-Heinz, Emine, Mehmet, Silke, Thorsten, Leonie, Paul, \
                Brigitte, Götz, Marlene, Hannes, Dörte, Uwe, Katharina, Elif",
        family: "Müller, Schmidt, Schneider, Fischer, Weber, Meyer, Wagner, Becker, Schulz, Hoffmann, \
                Schäfer, Koch, Bauer, Richter, Klein, Wolf, Schröder, Neumann, Schwarz, Zimmermann, \
                Braun, Krüger, Hofmann, Hartmann, Lange, Werner, Krause, Lehmann, Köhler, Herrmann, \
                König, Weiß, Jäger, Großmann, Yılmaz, von der Heide, Böhm, Vogt, Strauß, Günter, \
                Öztürk",
    },
    Text {
        code: "fr",
        locale: "fr-FR",
        time_zone: "Europe/Paris",
        phone: Some("+33 1 99 00 ## ##"),
        places: "Paris, Lyon, Orléans, Nîmes",
        given: "Élodie, Hélène, François, Chloé, Jérôme, Léa, Gaël, Océane, Rémi, Zoé, Maël, Inès, \
                Théo, Noémie, Cédric, Anaïs, Loïc, Aurélie, Benoît, Camille, Étienne, Manon, Guillaume, \
                Margaux, Jean-Baptiste, Solène, Hugo, Juliette, Mathéo, Fatima, Yanis, Clémence, \
                Raphaël, Bérénice, Stéphane, Garance, Thibault, Agnès, Olivier, Marie-Laure",
        family: "Martin, Bernard, Dubois, Thomas, Lefèvre, Petit, Durand, Leroy, Moreau, Simon, Laurent, \
                Lefebvre, Michel, Garcia, David, Bertrand, Roux, Vincent, Fournier, Morel, Girard, \
                André, Mercier, Guérin, Boyer, Garnier, Chevalier, François, Legrand, Gauthier, Perrin, \
                Béranger, Noël, Le Goff, d'Arcy, Benali, Lacroix, Müntz, Desprès, Fauré, Çelik",
    },
    Text {
        code: "es",
        locale: "es-ES",
        time_zone: "Europe/Madrid",
        phone: None,
        places: "Madrid, Málaga, A Coruña, Cádiz",
        given: "José, María, Íñigo, Lucía, Ángel, Sofía, Andrés, Begoña, Raúl, Inés, Óscar, Núria, \
                Jesús, Elena, Tomás, Rocío, Víctor, Mónica, Adrián, Úrsula, Joaquín, Belén, Martín, \
                Ainhoa, Sebastián, Pilar, Iván, Carmen, Álvaro, Esther, Rubén, Noelia, Hugo, Verónica, \
                Fermín, Alba, Jordi, Montserrat, Xoán, Leire",
        family: "García López, Rodríguez, Fernández Gil, González, Sánchez, Pérez Ruiz, Gómez, Martínez, \
                Jiménez, Ruiz, Hernández, Díaz, Moreno, Muñoz, Álvarez, Romero, Alonso, Gutiérrez, \
                Navarro, Torres, Domínguez, Vázquez, Ramos, Ibáñez, Ramírez, Serrano, Blanco, Molina, \
                Morales, Suárez, Ortega, Delgado, Castro, Ortiz, Rubio, Marín, Núñez, Iglesias, Peña, \
                Echeverría, de la Cruz",
    },
    Text {
        code: "pt",
        locale: "pt-PT",
        time_zone: "Europe/Lisbon",
        phone: None,
        places: "Lisboa, Porto, Évora, Setúbal",
        given: "João, Inês, António, Beatriz, Simão, Conceição, Luís, Mariana, Sérgio, Leonor, Gonçalo, \
                Matilde, Tomás, Lúcia, Estêvão, Graça, Duarte, Filipa, Vasco, Joana, Nuno, Rita, \
                Afonso, Cátia, Rui, Débora, Hélder, Sónia, Tiago, Fátima, Pedro, Constança, Xavier, \
                Teresa, Júlio, Vitória, Brás, Lurdes, Zélia, Henrique",
        family: "Silva, Santos, Ferreira, Pereira, Oliveira, Costa, Rodrigues, Martins, Jesus, Sousa, \
                Fernandes, Gonçalves, Gomes, Lopes, Marques, Alves, Almeida, Ribeiro, Pinto, Carvalho, \
                Teixeira, Moreira, Correia, Mendes, Nunes, Soares, Vieira, Monteiro, Cardoso, Rocha, \
                Neves, Coelho, Cruz, Cunha, Pires, Simões, Magalhães, Brandão, Galvão, Assunção, \
                Leitão",
    },
    Text {
        code: "it",
        locale: "it-IT",
        time_zone: "Europe/Rome",
        phone: None,
        places: "Milano, Torino, Forlì, Bologna",
        given: "Niccolò, Giulia, Alessandro, Chiara, Matteo, Noemi, Lorenzo, Martina, Andrea, Sofia, \
                Gabriele, Alice, Riccardo, Giorgia, Tommaso, Elisa, Davide, Ginevra, Giuseppe, \
                Beatrice, Simone, Aurora, Pietro, Camilla, Nicolò, Ludovica, Edoardo, Greta, Raffaele, \
                Ilaria, Gioele, Teresa, Luca, Maria Grazia, Salvatore, Federica, Enea, Serena, Mosè, \
                Carlotta",
        family: "Rossi, Russo, Ferrari, Esposito, Bianchi, Romano, Colombo, Ricci, Marino, Greco, Bruno, \
                Gallo, Conti, De Luca, Mancini, Costa, Giordano, Rizzo, Lombardi, Moretti, Barbieri, \
                Fontana, Santoro, Mariani, Rinaldi, Caruso, Ferrara, Galli, Martini, Leone, Longo, \
                Gentile, D'Angelo, Vitale, Serra, Coppola, De Santis, Niccolò, Parisi, Villa, Calò",
    },
    Text {
        code: "nl",
        locale: "nl-NL",
        time_zone: "Europe/Amsterdam",
        phone: None,
        places: "Amsterdam, Utrecht, Eindhoven, 's-Hertogenbosch",
        given: "Daan, Emma, Sem, Fenna, Thijs, Noor, Renée, Joost, Sanne, Bram, Lotte, Ruud, Femke, \
                Sjoerd, Anouk, Pieter, Maud, Jeroen, Saskia, Wouter, Marijke, Gijs, Tess, Floris, Roos, \
                Maarten, Esmée, Bas, Ilse, Koen, Mirjam, Ties, Liesbeth, Hidde, Jasmijn, Youssef, \
                Zeynep, Loes, Geert, Désirée",
        family: "de Jong, Jansen, de Vries, van den Berg, van Dijk, Bakker, Janssen, Visser, Smit, \
                Meijer, de Boer, Mulder, de Groot, Bos, Vos, Peters, Hendriks, van Leeuwen, Dekker, \
                Brouwer, de Wit, Dijkstra, Smits, de Graaf, van der Meer, Kok, Jacobs, de Haan, \
                Vermeulen, van der Linden, Schouten, Willems, Hoekstra, Koster, Prins, Huisman, Postma, \
                Kuiper, Daniëls, Coöper, 't Hart",
    },
    Text {
        code: "pl",
        locale: "pl-PL",
        time_zone: "Europe/Warsaw",
        phone: None,
        places: "Warszawa, Kraków, Łódź, Wrocław",
        given: "Łukasz, Małgorzata, Paweł, Agnieszka, Michał, Bożena, Zbigniew, Joanna, Sławomir, \
                Grażyna, Rafał, Ewa, Krzysztof, Żaneta, Mikołaj, Anna, Bartłomiej, Zofia, Świętosława, \
                Jakub, Elżbieta, Wojciech, Katarzyna, Stanisław, Halina, Grzegorz, Marta, Jędrzej, \
                Urszula, Piotr, Danuta, Radosław, Iwona, Tadeusz, Natalia, Błażej, Kinga, Szymon, Róża, \
                Hubert",
        family: "Nowak, Kowalska, Wiśniewski, Wójcik, Kowalczyk, Kamińska, Lewandowski, Zielińska, \
                Szymański, Woźniak, Dąbrowska, Kozłowski, Jankowska, Mazur, Kwiatkowski, Krawczyk, \
                Piotrowska, Grabowski, Pawłowska, Michalski, Król, Wieczorek, Jabłońska, Wróbel, \
                Nowakowska, Majewski, Olszewska, Stępień, Malinowski, Jaworska, Adamczyk, Dudek, \
                Pawlak, Górska, Sikora, Walczak, Rutkowska, Michalak, Szewczyk, Ostrowski, Łęcki",
    },
    Text {
        code: "se",
        locale: "sv-SE",
        time_zone: "Europe/Stockholm",
        phone: Some("+46 8 465 004 ##"),
        places: "Stockholm, Göteborg, Malmö, Umeå",
        given: "Åsa, Erik, Linnéa, Björn, Märta, Göran, Ebba, Håkan, Saga, Jörgen, Alva, Per, Agnes, \
                Måns, Signe, Östen, Elin, Anders, Freja, Lennart, Ingrid, Gustav, Maj-Britt, Oskar, \
                Kerstin, Nils, Astrid, Torbjörn, Wilma, Lars, Birgitta, Axel, Sanna, Hjalmar, Stina, \
                Ali, Amira, Pär, Ylva, Börje",
        family: "Andersson, Johansson, Karlsson, Nilsson, Eriksson, Larsson, Olsson, Persson, Svensson, \
                Gustafsson, Pettersson, Jonsson, Jansson, Hansson, Bengtsson, Björk, Lindberg, \
                Jakobsson, Magnusson, Lindström, Olofsson, Lindqvist, Lindgren, Berg, Axelsson, \
                Bergström, Lundberg, Lind, Lundgren, Mattsson, Berglund, Fredriksson, Sandberg, \
                Henriksson, Sjöberg, Forsberg, Håkansson, Åkesson, Öberg, Sjölund, Åström",
    },
    Text {
        code: "cz",
        locale: "cs-CZ",
        time_zone: "Europe/Prague",
        phone: None,
        places: "Praha, Brno, Plzeň, Ústí nad Labem",
        given: "Jiří, Tereza, Tomáš, Eliška, Ondřej, Kateřina, Lukáš, Zdeňka, Matěj, Růžena, Vojtěch, \
                Božena, Štěpán, Markéta, Dalibor, Šárka, Václav, Adéla, Radek, Jiřina, Miloš, Žofie, \
                František, Jana, Bohumil, Věra, Čeněk, Ludmila, Michal, Alžběta, Petr, Nikola, Zdeněk, \
                Lenka, Řehoř, Ivana, Marek, Dagmar, Jáchym, Hedvika",
        family: "Novák, Svobodová, Novotný, Dvořáková, Černý, Procházková, Kučera, Veselá, Horák, \
                Němcová, Marek, Pospíšilová, Pokorný, Hájková, Král, Jelínková, Růžička, Benešová, \
                Fiala, Sedláčková, Doležal, Zemanová, Kolář, Navrátilová, Čermák, Vaňková, Urban, \
                Blažková, Kříž, Kratochvílová, Kovář, Bartošová, Vlček, Poláková, Musil, Kopecká, \
                Šimek, Konečná, Malý, Šťastná, Říha",
    },
];
