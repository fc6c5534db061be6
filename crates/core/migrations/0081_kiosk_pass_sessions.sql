-- The session of the phone on which somebody said yes: the pass counts as long as that lives.
ALTER TABLE kiosk_passes ADD COLUMN session_id UUID;
