"""What people see in their chats, and what their presses mean."""
