-- The words of one person were looked up by walking along all words of the workplace: SQLite took the index that begins with
-- the workplace for as good as the one of the account, and wider.
DROP INDEX account_words_account;

CREATE INDEX account_words_account ON account_words (account_id, workplace_id);
