-- What people are found by as somebody types: a row for each word of a person's names. It begins with that word; the other words, the
-- employee id and the e-mail address follow, each with a space after it. So who is searched for by two words that many have is found by
-- reading the rows of one of them, in an index, and no other row. Written with the account (`core/accounts/terms.rs`).
CREATE TABLE account_terms (
  workplace_id UUID NOT NULL,
  term TEXT COLLATE "BINARY" NOT NULL,
  account_id UUID NOT NULL
);

INSERT INTO account_terms (workplace_id, term, account_id)
SELECT w.workplace_id,
       SUBSTR(
         w.word || ' '
         || COALESCE((SELECT STRING_AGG(o.word, ' ') || ' ' FROM account_words o WHERE o.account_id = w.account_id AND o.word <> w.word), '')
         || COALESCE(REPLACE(a.employee_key, ' ', '_') || ' ', '')
         || COALESCE(a.email_key || ' ', ''),
         1, 400),
       w.account_id
FROM account_words w JOIN accounts a ON a.id = w.account_id AND a.workplace_id = w.workplace_id;

DROP TABLE account_words;

CREATE INDEX account_terms_term ON account_terms (workplace_id, term, account_id);

-- With the workplace, or SQLite takes the index above for as good and reads all of the workplace for one person.
CREATE INDEX account_terms_account ON account_terms (account_id, workplace_id);
